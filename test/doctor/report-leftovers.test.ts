import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Leftover } from "../../src/doctor/find-leftovers.ts";
import { reportLeftovers } from "../../src/doctor/report-leftovers.ts";

const leftover: Leftover = {
  origin: "own",
  environment: "shop/gone",
  installation: "11111111-1111-4111-8111-111111111111",
  containers: ["web-1", "web-2"],
  networks: ["gone_default"],
  volumes: ["gone_data"],
};

describe("reportLeftovers", () => {
  test("names every object, and gives one command that removes them in an order that works", () => {
    assert.deepEqual(reportLeftovers([leftover], "docker"), [
      {
        severity: "warning",
        message:
          "left of shop/gone, which is no more: container web-1, container web-2, network gone_default, volume gone_data with its data",
        hint: "no environment needs it any more; to remove it:",
        command:
          "docker rm --force --volumes web-1 web-2 && docker network rm gone_default && docker volume rm gone_data",
      },
    ]);
  });

  test("leaves out of the command what there is none of, and quotes names for the shell", () => {
    const [finding] = reportLeftovers(
      [{ ...leftover, containers: [], volumes: [], networks: ["$(id) it's"] }],
      "docker --host tcp://127.0.0.1:2375",
    );

    assert.equal(finding?.command, "docker --host tcp://127.0.0.1:2375 network rm '$(id) it'\\''s'");
  });

  const severities: [Leftover["origin"], string][] = [
    ["own", "warning"],
    ["migrated", "warning"],
    ["other", "info"],
    ["old", "info"],
  ];
  for (const [origin, severity] of severities) {
    test(`what is ${origin} is of severity ${severity}`, () => {
      assert.equal(reportLeftovers([{ ...leftover, origin }], "docker")[0]?.severity, severity);
    });
  }
});
