import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { type Burst, runBurst } from "./burst.ts";
import { parseOptions } from "./options.ts";
import { formatReport, judge } from "./report.ts";
import { comparePairs, type Pair, runRounds } from "./rounds.ts";
import { createVariants } from "./variants.ts";

const signal = new AbortController().signal;

function burstOf(elapsedMs: number, cpuSeconds: number | null = null): Burst {
  return { elapsedMs, cpuSeconds, failures: [] };
}

function pairOf(create: number, bare: number): Pair {
  return { create: burstOf(create), bare: burstOf(bare) };
}

test("measures creates with and without a repository, finds all of them there, and leaves nothing", async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-bench-")));
  await using _directory = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  const variants = await createVariants({ directory, hasEngine: false });

  const results = await runRounds({ variants, count: 3, rounds: 1, directory, signal });

  assert.deepEqual(
    results.map(({ label, problems }) => ({ label, problems })),
    [
      { label: "plain directory, engine down", problems: [] },
      { label: "git repository, engine down", problems: [] },
    ],
  );
  assert.ok(results.every(({ pairs }) => pairs.length === 1));
  assert.match(formatReport({ results, count: 3, rounds: 1, loadAtStart: 0 }), /\| git repository, engine down \|/);
});

test("a process that fails is told with what it said", async () => {
  const args = ["-e", 'process.stderr.write("no room"); process.exitCode = 3'];

  const { failures } = await runBurst(
    [
      { args, env: process.env },
      { args: ["-e", "0"], env: process.env },
    ],
    signal,
  );

  assert.deepEqual(failures, ["exit code 3: no room"]);
});

test("creates are compared with the bare starts of the same round", () => {
  const pairs = [pairOf(600, 100), pairOf(800, 200), { create: burstOf(500, 8), bare: burstOf(100, 2) }];

  const { wallRatio, cpuRatio } = comparePairs(pairs);

  assert.deepEqual(wallRatio, { median: 5, min: 4, max: 6 });
  assert.deepEqual(cpuRatio, { median: 4, min: 4, max: 4 });
});

describe("the figure", () => {
  const cases: { what: string; pair: Pair; problems: string[]; isReached: boolean }[] = [
    { what: "is reached at six times", pair: pairOf(600, 100), problems: [], isReached: true },
    { what: "is not reached above", pair: pairOf(601, 100), problems: [], isReached: false },
    { what: "is not reached when one is missing", pair: pairOf(100, 100), problems: ["gone"], isReached: false },
  ];
  for (const { what, pair, problems, isReached } of cases) {
    test(what, () => {
      const target = judge({ label: "x", pairs: [pair], problems }, 100);

      assert.equal(target.isReached, isReached);
    });
  }
});

describe("the options", () => {
  test("are a hundred processes and five rounds by default", () => {
    assert.deepEqual(parseOptions([]), { count: 100, rounds: 5, jsonFile: null });
  });

  test("can ask for less", () => {
    const options = parseOptions(["--quick", "--count", "20", "--json", "x.json"]);

    assert.deepEqual(options, { count: 20, rounds: 2, jsonFile: "x.json" });
  });

  for (const args of [["--count", "0"], ["--count", "many"], ["--other"]]) {
    test(`${args.join(" ")} is refused`, () => {
      assert.throws(
        () => parseOptions(args),
        (error) => error instanceof CiloError && error.code === "CILO_USAGE",
      );
    });
  }
});
