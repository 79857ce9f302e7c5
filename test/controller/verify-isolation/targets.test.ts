import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ListeningSocket } from "../../../src/controller/verify-isolation/listening-sockets.ts";
import { formatTarget, targetsOf } from "../../../src/controller/verify-isolation/targets.ts";
import { makeMember, makeSetup, makeSubject } from "./make-subject.ts";

function listening(...ports: number[]): ListeningSocket[] {
  return ports.map((port) => ({ family: 4, address: null, port }));
}

describe("targetsOf", () => {
  test("takes the first port of every address before the second of any", () => {
    const subject = makeSubject(
      "blue",
      [makeMember("web", "blue_default", "10.224.0.10"), makeMember("db", "blue_default", "10.224.0.11")],
      {
        sockets: new Map([
          ["id-web", listening(80, 443, 8080)],
          ["id-db", listening(5432)],
        ]),
      },
    );

    const targets = targetsOf(subject, () => []);

    assert.deepEqual(targets.map(formatTarget), [
      "10.224.0.11:5432",
      "10.224.0.10:80",
      "10.224.0.10:443",
      "10.224.0.10:8080",
    ]);
  });

  test("takes every address on every network, of either kind", () => {
    const endpoints = [
      { network: "blue_default", networkId: "n1", addresses: ["10.224.0.10", "fd00::a"] },
      { network: "other", networkId: "n2", addresses: ["10.225.0.2"] },
    ];
    const subject = makeSubject("blue", [makeSetup("web", { endpoints })], {
      sockets: new Map([["id-web", [{ family: 6, address: null, port: 80 }]]]),
    });

    assert.deepEqual(targetsOf(subject, () => []).map(formatTarget), [
      "10.224.0.10:80",
      "[fd00::a]:80",
      "10.225.0.2:80",
    ]);
  });

  for (const [what, sockets, declared, exposed, ports] of [
    ["nothing listens: a closed port", listening(), [80], [80], [9]],
    ["nothing is known: what is declared and what the image exposes", null, [80, 443], [80, 8080], [80, 443, 8080]],
    ["nothing is known or declared: a closed port", null, [], [], [9]],
  ] as const) {
    test(`where ${what}`, () => {
      const member = makeMember("web", "blue_default", "10.224.0.10", { exposedPorts: [...exposed] });
      const subject = makeSubject("blue", [member], {
        sockets: new Map(sockets === null ? [] : [["id-web", sockets]]),
      });

      assert.deepEqual(
        targetsOf(subject, () => declared).map(({ port }) => port),
        [...ports],
      );
    });
  }

  test("leaves out what does not run and what has no address of its own", () => {
    const subject = makeSubject("blue", [
      makeMember("stopped", "blue_default", "10.224.0.10", { state: "exited" }),
      makeSetup("none", { networkMode: "none", endpoints: [{ network: "none", networkId: "none", addresses: [] }] }),
      makeSetup("sidecar", { networkMode: "container:id-web" }),
    ]);

    assert.deepEqual(
      targetsOf(subject, () => [80]),
      [],
    );
  });
});
