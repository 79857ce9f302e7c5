import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Orphan } from "../../src/doctor/find-orphans.ts";
import { reportOrphans } from "../../src/doctor/report-orphans.ts";
import { toLines } from "./survey.ts";

const orphan: Orphan = {
  origin: "own",
  environment: "shop/gone",
  installation: "11111111-1111-4111-8111-111111111111",
  containers: ["web-1", "web-2"],
  networks: ["gone_default"],
  volumes: ["gone_data"],
};

describe("reportOrphans", () => {
  test("names every object, and gives one command that removes them in an order that works", () => {
    assert.deepEqual(reportOrphans([orphan], "docker"), [
      {
        severity: "warning",
        message:
          "left of shop/gone, which is no more: container web-1, container web-2, network gone_default, volume gone_data with its data",
        hint: "no environment needs it any more; to remove it:",
        command:
          "docker rm --force --volumes web-1 web-2 && docker network rm gone_default && docker volume rm gone_data",
        fixable: true,
      },
    ]);
  });

  test("leaves out of the command what there is none of, and quotes names for the shell", () => {
    const [finding] = reportOrphans(
      [{ ...orphan, containers: [], volumes: [], networks: ["$(id) it's"] }],
      "docker --host tcp://127.0.0.1:2375",
    );

    assert.equal(finding?.command, "docker --host tcp://127.0.0.1:2375 network rm '$(id) it'\\''s'");
  });

  test("tells of another installation once, with what it has and no command that removes it", () => {
    const other = { ...orphan, origin: "other", installation: "2222" } as const;

    const findings = reportOrphans([other, { ...other, environment: "app/dev" }, orphan], "docker");

    assert.deepEqual(toLines(findings.slice(1)), [
      "info: another CILO_HOME (installation 2222) has app/dev, shop/gone on this engine -> docker ps --all --filter label=cilo.installation=2222",
    ]);
  });

  const severities: [Orphan["origin"], string, boolean][] = [
    ["own", "warning", true],
    ["migrated", "warning", false],
    ["other", "info", false],
    ["old", "info", false],
  ];
  for (const [origin, severity, fixable] of severities) {
    test(`what is ${origin} is of severity ${severity}, and ${fixable ? "goes" : "stays"} with --fix`, () => {
      const [finding] = reportOrphans([{ ...orphan, origin }], "docker");

      assert.deepEqual([finding?.severity, finding?.fixable], [severity, fixable]);
    });
  }
});
