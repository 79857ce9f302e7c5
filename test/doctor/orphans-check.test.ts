import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Difference } from "../../src/controller/reconcile/difference.ts";
import { orphansCheck } from "../../src/doctor/orphans-check.ts";
import { labelsOfEnvironment } from "../../src/model/labels.ts";
import { makeSurvey, noObjects, toLines } from "./survey.ts";

const owner = { environmentId: "id-gone", key: "shop/gone", hasNamesake: false };
const network = { id: "n", name: "gone_default", labels: {}, driver: "bridge", subnets: [] };

async function check(changes: Parameters<typeof makeSurvey>[0]): Promise<string[]> {
  return toLines(await orphansCheck.run(makeSurvey(changes)));
}

describe("the check of orphans", () => {
  test("is content with an engine on which there is nothing but what environments account for", async () => {
    assert.deepEqual(await check({}), ["ok: everything on the engine that this cilo made belongs to an environment"]);
  });

  const cases: [string, Difference, string][] = [
    [
      "what --fix removes",
      { type: "orphan-volume", owner, name: "gone_data" },
      "warning, fixable: volume gone_data: left of shop/gone, which is no more; its data go with it -> cilo doctor --fix",
    ],
    [
      "what it leaves alone, with the command that helps",
      { type: "orphan-network", owner, network, isInUse: false, strangers: ["mine"] },
      "warning: network gone_default: left of shop/gone, which is no more, but mine of somebody else is on it -> docker network disconnect gone_default mine",
    ],
  ];
  for (const [name, difference, line] of cases) {
    test(`tells ${name}`, async () => {
      assert.deepEqual(await check({ differences: async () => [difference] }), [line]);
    });
  }

  test("goes by what reconciliation finds alone: what a command is about to use again is no orphan", async () => {
    const survey = makeSurvey();
    const { installation } = await survey.state();
    const labels = labelsOfEnvironment(installation, { id: "id-gone", project: "shop", name: "gone" });
    const objects = async () => ({ ...noObjects, volumes: [{ name: "gone_data", labels }] });

    assert.deepEqual(await check({ objects }), [
      "ok: everything on the engine that this cilo made belongs to an environment",
    ]);
  });
});
