import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { portCheck } from "../../src/doctor/port-check.ts";
import { makeDaemon, makeSurvey, type SurveyChanges, toLines } from "./survey.ts";

const settings = async () => ({ dns: { port: 5300, address: "127.0.0.2" }, network: {}, trash: {} });
const held = { isPortHeld: async () => true };

describe("the check of the port", () => {
  const cases: [string, SurveyChanges, string[]][] = [
    ["a free port", {}, ["ok: 127.0.0.1:5354 is free for the DNS server"]],
    [
      "a port that another process has",
      { machine: { ...held, portOwner: async () => ({ pid: 812, command: "dnsmasq -k" }) } },
      [
        "problem: the DNS server cannot have 127.0.0.1:5354: dnsmasq -k (pid 812) listens there -> cilo dns start --detach --port 5454",
      ],
    ],
    [
      "a port whose holder is not shown",
      { machine: held },
      [
        "problem: the DNS server cannot have 127.0.0.1:5354: a process of another user listens there -> cilo dns start --detach --port 5454",
      ],
    ],
    ["the port of config.yml", { settings }, ["ok: 127.0.0.2:5300 is free for the DNS server"]],
    [
      "CILO_DNS_PORT before that of config.yml",
      { settings, context: { env: { CILO_DNS_PORT: "6000" } } },
      ["ok: 127.0.0.2:6000 is free for the DNS server"],
    ],
    ["no port at all when any will do", { context: { env: { CILO_DNS_PORT: "0" } } }, []],
    ["the port that the server has", { daemon: async () => makeDaemon() }, ["ok: port 5354 is the DNS server's"]],
    [
      "a server that has another port than the next will",
      { settings, daemon: async () => makeDaemon() },
      ["info: the DNS server listens on port 5354; the next one that is started takes 5300"],
    ],
  ];
  for (const [what, changes, expected] of cases) {
    test(`judges ${what}`, async () => {
      assert.deepEqual(toLines(await portCheck.run(makeSurvey(changes))), expected);
    });
  }
});
