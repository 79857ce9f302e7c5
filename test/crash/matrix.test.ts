import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { listSourcePoints, toInstants } from "../support/faults.ts";
import { type Bench, createBench, standingOf } from "./bench.ts";
import { chooseAll, chooseDaily, isOfStateWrite, type Recording } from "./choose-cuts.ts";
import { type CrashCell, recordCells } from "./crash-table.ts";
import { type Cut, cutAndJudge } from "./cut.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

const skip = await engineSkip();
const names = ["blue", "green", "red"];
/** Which commands come next after a cut: "all", or names such as "same,doctor"; unset: the choice of every day. */
const nextCommands = process.env.CILO_CRASH_CUTS ?? "";
/** Which commands are cut off: names such as "up,destroy"; unset: all. */
const cutCommands = process.env.CILO_CRASH_COMMANDS ?? "";

describe("a command that is killed", { skip, concurrency: names.length }, () => {
  const benches: Bench[] = [];
  const passed = new Set<string>();
  let cuts: Cut[] = [];

  before(async () => {
    benches.push(...(await Promise.all(names.map(createBench))));
    const recordings = await recordAll(benches);
    for (const { instants } of recordings) for (const { point } of instants) passed.add(point);
    const isWanted = (next: string) => nextCommands === "all" || nextCommands.split(",").includes(next);
    cuts = nextCommands === "" ? chooseDaily(recordings) : chooseAll(recordings, isWanted);
  });
  after(() => Promise.all(benches.map((bench) => bench[Symbol.asyncDispose]())));

  for (const [index, name] of names.entries()) {
    test(`loses nothing, and the next command goes on (${name})`, async (t) => {
      const bench = benches[index];
      assert.ok(bench);
      for (let cut = await takeCut(bench, cuts); cut !== null; cut = await takeCut(bench, cuts)) {
        const { scenario, instant, next } = cut;
        const title = `${scenario.name} at ${instant.point} (${instant.passing}), then ${next}`;
        await t.test(title, async () => {
          const { cell, points } = await cutAndJudge(bench, cut).catch((error: unknown) => {
            recordCells([toFailedCell(cut, error)]);
            throw error;
          });
          for (const point of points) passed.add(point);
          recordCells([cell]);
        });
      }
    });
  }

  after(async () => {
    if (cutCommands !== "") return;
    const missed = (await listSourcePoints()).filter((point) => !isOfStateWrite(point) && !passed.has(point));
    assert.deepEqual(missed, [], "points that no command of the matrix passes");
  });
});

/** Records what each command passes; the benches share the work. */
async function recordAll(benches: readonly Bench[]): Promise<Recording[]> {
  const waiting = [...scenarios.filter(isChosen).entries()];
  const recordings: Recording[] = [];
  await Promise.all(
    benches.map(async (bench) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, scenario] = next;
        await bench.bring(scenario.from);
        await scenario.prepare?.(bench);
        const { points } = await bench.cilo(await scenario.args(bench));
        await scenario.tidy?.(bench);
        recordings[index] = { scenario, instants: toInstants(points) };
      }
    }),
  );
  return recordings;
}

function isChosen({ name, isVariation = false }: Scenario): boolean {
  if (cutCommands !== "") return cutCommands.split(",").includes(name);
  return nextCommands !== "" || !isVariation;
}

function toFailedCell({ scenario, instant, next }: Cut, error: unknown): CrashCell {
  const outcome = `FAILED: ${error instanceof Error ? error.message : String(error)}`;
  return { command: scenario.name, instant, left: "", next, said: "", outcome };
}

/** The next cut for a bench: one that begins with how its environment stands, so that it need not be brought there, where there is one. */
async function takeCut(bench: Bench, cuts: Cut[]): Promise<Cut | null> {
  const standing = standingOf(await bench.record());
  const index = cuts.findIndex(({ scenario }) => scenario.from.includes(standing));
  return cuts.splice(Math.max(index, 0), 1)[0] ?? null;
}
