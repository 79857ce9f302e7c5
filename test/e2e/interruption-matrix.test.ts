import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { findDisagreement } from "../crash/agreement.ts";
import { type Bench, createBench } from "../crash/bench.ts";
import { isOfStateWrite } from "../crash/choose-cuts.ts";
import { type Scenario, scenarios } from "../crash/scenarios.ts";
import { engineSkip } from "../support/engine.ts";
import { toInstants } from "../support/faults.ts";
import { signalAt } from "../support/typed-cilo.ts";

/**
 * Which commands are interrupted at every point, "all" or names such as "up,down"; unset: none,
 * `test/e2e/interruption.test.ts` has the choice of every day.
 */
const wanted = process.env.CILO_INTERRUPTIONS ?? "";
const skip = wanted === "" ? "set CILO_INTERRUPTIONS to interrupt every command at every point" : await engineSkip();
const chosen = scenarios.filter(({ name }) => wanted === "all" || wanted.split(",").includes(name));

describe("a command that is interrupted at any point", { skip, concurrency: 3 }, () => {
  for (const [index, scenario] of chosen.entries()) {
    describe(scenario.name, () => {
      let bench: Bench;
      before(async () => {
        bench = await createBench(`halt${index}`);
      });
      after(() => bench[Symbol.asyncDispose]());

      test("ends in order or does its work, and the same command goes on", async (t) => {
        for (const point of await listPoints(bench, scenario)) {
          await t.test(`at ${point}`, () => interruptAndJudge(bench, scenario, point));
        }
      });
    });
  }
});

/** Every point that the command passes, once each. */
async function listPoints(bench: Bench, scenario: Scenario): Promise<string[]> {
  await bench.bring(scenario.from);
  await scenario.prepare?.(bench);
  const { points } = await bench.cilo(await scenario.args(bench));
  await scenario.tidy?.(bench);
  return toInstants(points).flatMap(({ point, passing }) => (passing === 1 && !isOfStateWrite(point) ? [point] : []));
}

async function interruptAndJudge(bench: Bench, scenario: Scenario, point: string): Promise<void> {
  await bench.bring(scenario.from);
  await scenario.prepare?.(bench);
  try {
    const args = await scenario.args(bench);
    const { code, stderr } = await bench.cilo(args, signalAt(point, "INT"));

    assert.ok(code === 0 || code === 130, `ended with ${code}:\n${stderr}`);
    if (code === 130) assert.match(stderr, /\[CILO_INTERRUPTED\]\nhint: /);
    assert.equal((await bench.record())?.operation ?? null, null, stderr);
    assert.deepEqual(await bench.findHarm(), []);
    const again = await bench.cilo(args);
    // What was done all the same may be refused the second time.
    const isRefused = code === 0 && /\[CILO_(ENVIRONMENT_EXISTS|\w+_NOT_FOUND|USAGE)\]/.test(again.stderr);
    if (!isRefused) assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await findDisagreement(bench, false), []);
    assert.deepEqual(await bench.findHarm(), []);
  } finally {
    await scenario.tidy?.(bench);
  }
}
