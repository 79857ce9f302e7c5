import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { fateOf, findUnexpectedEndings } from "./judge-runs.ts";
import { createRandom } from "./random.ts";
import { formatStorm } from "./report.ts";
import type { StormRun } from "./run-commands.ts";
import { runStorm } from "./run-storm.ts";
import { environmentsOf, type Interruption, planStorm, type StormKind, stormKinds } from "./storm-plan.ts";

const withoutEngine = await engineSkip();
const places = {
  sourceOf: (project: string) => `/src/${project}`,
  subnetOf: (number: number) => `10.0.${number}.0/24`,
};

interface RunOptions {
  kind: StormKind;
  startedAtMs?: number;
  endedAtMs?: number;
  exitCode?: number | null;
  interruption?: Interruption | null;
  isStuck?: boolean;
}

function runOf({
  kind,
  startedAtMs = 0,
  endedAtMs = 1,
  exitCode = 0,
  interruption = null,
  isStuck = false,
}: RunOptions): StormRun {
  const command = { kind, environment: "shop/e-0", args: [kind, "shop/e-0"], interruption };
  return { command, exitCode, startedAtMs, endedAtMs, isStuck, stderr: "" };
}

test("a storm of commands, some cut off, ends with state, engine and names in agreement", {
  skip: withoutEngine,
}, async () => {
  const options = { seed: 5, commands: 40, environments: 6, interruptedShare: 0.25 };

  const result = await runStorm(options, new AbortController().signal);

  assert.deepEqual(result.problems, [], formatStorm(result));
});

describe("a storm's plan", () => {
  const options = { seed: 7, commands: 400, environments: 6, interruptedShare: 0.25 };

  test("is the same for the same seed, and another for another", () => {
    const plan = planStorm(options, places);

    assert.deepEqual(planStorm(options, places), plan);
    assert.notDeepEqual(planStorm({ ...options, seed: 8 }, places), plan);
  });

  test("has every kind of command and every environment, of two projects with the same names", () => {
    const plan = planStorm(options, places);

    assert.deepEqual(environmentsOf(options), ["shop/e-0", "blog/e-0", "shop/e-1", "blog/e-1", "shop/e-2", "blog/e-2"]);
    assert.deepEqual(new Set(plan.map(({ kind }) => kind)), new Set(stormKinds));
    const named = plan.flatMap(({ environment }) => environment ?? []);
    assert.deepEqual([...new Set(named)].sort(), environmentsOf(options).sort());
  });

  test("cuts off the part that it is told to, by both signals", () => {
    const cutOff = planStorm(options, places).flatMap(({ interruption }) => interruption ?? []);

    assert.ok(cutOff.length > 60 && cutOff.length < 140, String(cutOff.length));
    assert.deepEqual([...new Set(cutOff.map(({ signal }) => signal))].sort(), ["SIGINT", "SIGKILL"]);
  });
});

test("random numbers are spread over their range", () => {
  const random = createRandom(1);

  const numbers = Array.from({ length: 1_000 }, () => random.below(10));

  for (let number = 0; number < 10; number += 1) {
    const count = numbers.filter((other) => other === number).length;
    assert.ok(count > 60 && count < 140, `${number}: ${count}`);
  }
});

describe("an ending", () => {
  const afterMs = 1;
  const cases: { what: string; run: RunOptions; isExpected: boolean }[] = [
    { what: "of a create with 0", run: { kind: "create" }, isExpected: true },
    { what: "of a create with 4", run: { kind: "create", exitCode: 4 }, isExpected: true },
    { what: "of a create with 1", run: { kind: "create", exitCode: 1 }, isExpected: false },
    { what: "of a list with 70", run: { kind: "list", exitCode: 70 }, isExpected: false },
    { what: "by a signal that nobody sent", run: { kind: "up", exitCode: null }, isExpected: false },
    {
      what: "by a signal that was sent",
      run: { kind: "up", exitCode: null, interruption: { signal: "SIGKILL", afterMs } },
      isExpected: true,
    },
    {
      what: "with 130 after SIGINT",
      run: { kind: "up", exitCode: 130, interruption: { signal: "SIGINT", afterMs } },
      isExpected: true,
    },
    {
      what: "with 70 after SIGINT",
      run: { kind: "up", exitCode: 70, interruption: { signal: "SIGINT", afterMs } },
      isExpected: false,
    },
    {
      what: "that had to be forced",
      run: { kind: "up", exitCode: null, interruption: { signal: "SIGKILL", afterMs }, isStuck: true },
      isExpected: false,
    },
  ];
  for (const { what, run, isExpected } of cases) {
    test(`${what} is ${isExpected ? "expected" : "unexpected"}`, () => {
      const found = findUnexpectedEndings([runOf(run)]);

      assert.equal(found.length, isExpected ? 0 : 1);
    });
  }
});

describe("an environment", () => {
  const create = runOf({ kind: "create", startedAtMs: 10, endedAtMs: 20 });
  const cases: { what: string; runs: StormRun[]; fate: string }[] = [
    { what: "that was created", runs: [create], fate: "there" },
    { what: "that nobody created", runs: [runOf({ kind: "up", exitCode: 2 })], fate: "gone" },
    { what: "whose creation failed", runs: [{ ...create, exitCode: null }], fate: "unknown" },
    {
      what: "destroyed after it",
      runs: [create, runOf({ kind: "destroy", startedAtMs: 30, endedAtMs: 40 })],
      fate: "gone",
    },
    {
      what: "destroyed before it",
      runs: [create, runOf({ kind: "destroy", startedAtMs: 1, endedAtMs: 9 })],
      fate: "there",
    },
    {
      what: "destroyed meanwhile",
      runs: [create, runOf({ kind: "destroy", startedAtMs: 15, endedAtMs: 40 })],
      fate: "unknown",
    },
    {
      what: "whose destruction was cut off",
      runs: [create, runOf({ kind: "destroy", startedAtMs: 30, endedAtMs: 40, exitCode: null })],
      fate: "unknown",
    },
  ];
  for (const { what, runs, fate } of cases) {
    test(`${what} is ${fate}`, () => {
      const found = fateOf("shop/e-0", runs);

      assert.equal(found, fate);
    });
  }
});
