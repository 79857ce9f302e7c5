import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OtherObjects } from "../../src/doctor/find-others.ts";
import { reportOthers } from "../../src/doctor/report-others.ts";
import { toLines } from "./survey.ts";

const old: OtherObjects = {
  origin: "migrated",
  environment: "Shop/login",
  installation: null,
  containers: ["web-1", "web-2"],
  networks: ["login_default"],
  volumes: ["login_data"],
};
const other: OtherObjects = { ...old, origin: "installation", environment: "shop/login", installation: "2222" };

describe("reportOthers", () => {
  test("names every object, and gives one command that removes them in an order that works", () => {
    assert.deepEqual(reportOthers([old], "docker"), [
      {
        severity: "warning",
        message:
          "Shop/login as the program of old state files ran it: container web-1, container web-2, network login_default, volume login_data with its data",
        hint: '"cilo up" starts containers of its own; to remove the old ones:',
        command:
          "docker rm --force --volumes web-1 web-2 && docker network rm login_default && docker volume rm login_data",
        fixable: false,
      },
    ]);
  });

  test("leaves out of the command what there is none of, and quotes names for the shell", () => {
    const [finding] = reportOthers(
      [{ ...old, containers: [], volumes: [], networks: ["$(id) it's"] }],
      "docker --host tcp://127.0.0.1:2375",
    );

    assert.equal(finding?.command, "docker --host tcp://127.0.0.1:2375 network rm '$(id) it'\\''s'");
  });

  test("tells of another installation once, with what it has and no command that removes it", () => {
    const findings = reportOthers([other, { ...other, environment: "app/dev" }, old], "docker");

    assert.deepEqual(toLines(findings.slice(1)), [
      "info: another CILO_HOME (installation 2222) has app/dev, shop/login on this engine -> docker ps --all --filter label=cilo.installation=2222",
    ]);
  });

  test("takes what the Go program may still be used for to be worth knowing, and no more", () => {
    const [finding] = reportOthers([{ ...old, origin: "old" }], "docker");

    assert.equal(finding?.severity, "info");
  });
});
