import assert from "node:assert/strict";
import type { Environment } from "../../src/model/environment.ts";
import type { Instant } from "../support/faults.ts";
import { describeTraces, findDisagreement, findTraces } from "./agreement.ts";
import type { Bench } from "./bench.ts";
import type { CrashCell } from "./crash-table.ts";
import { type Other, type Scenario, toArguments } from "./scenarios.ts";

/** One cut of the matrix: where, and what is typed next. */
export interface Cut {
  scenario: Scenario;
  instant: Instant;
  next: "same" | Other;
}

export interface Judgement {
  /** What is said of it in the table. */
  cell: CrashCell;
  /** Every point that was passed after the cut. */
  points: string[];
}

/**
 * Kills a command at an instant and judges what is there then, what the next command makes of it, and what is there in the end.
 * @throws an assertion's error when something is lost, disagrees, or leaves the user without a command that works.
 */
export async function cutAndJudge(bench: Bench, cut: Cut): Promise<Judgement> {
  const { scenario } = cut;
  await bench.bring(scenario.from);
  await scenario.prepare?.(bench);
  try {
    return await cutAndJudgePrepared(bench, cut);
  } catch (error) {
    // The cuts that come next on this bench are not to suffer from what this one left.
    await bench.clear();
    throw error;
  } finally {
    await scenario.tidy?.(bench);
  }
}

async function cutAndJudgePrepared(bench: Bench, { scenario, instant, next }: Cut): Promise<Judgement> {
  const args = await scenario.args(bench);

  const killed = await bench.cilo(args, { at: { ...instant, signal: "SIGKILL" } });

  assert.equal(killed.code, null, `it was not cut off: ${killed.stderr}`);
  assert.deepEqual(await bench.findHarm(), [], "right after the cut");
  const left = describeTraces(await bench.record(), await findTraces(bench));
  const nextArgs = next === "same" ? args : toArguments(next, bench);
  const answer = await giveUntilDone(bench, nextArgs);
  // After one that only looks, or takes down what is to be destroyed, the same command goes on.
  if (isUnfinished(await bench.record())) await giveUntilDone(bench, args);
  assert.deepEqual(await findDisagreement(bench, next === "doctor"), [], `after ${nextArgs.join(" ")}`);
  assert.deepEqual(await bench.findHarm(), [], `after ${nextArgs.join(" ")}`);
  const outcome = describeTraces(await bench.record(), await findTraces(bench));
  return {
    cell: { command: scenario.name, instant, left, next: nextArgs[0] ?? "", said: answer.said, outcome },
    points: answer.points,
  };
}

function isUnfinished(record: Environment | null): boolean {
  return record !== null && (record.operation !== null || record.status === "destroying");
}

interface Answer {
  /** What it said when it did not do it, with the command that it named. */
  said: string;
  points: string[];
}

/** Gives a command, and when it refuses those that it names, which must work. */
async function giveUntilDone(bench: Bench, args: readonly string[]): Promise<Answer> {
  const refused = await bench.cilo(args);
  if (refused.code === 0) return { said: "", points: refused.points };
  const words = `${refused.stderr}\n${refused.stdout}`;
  const told = `cilo ${args.join(" ")} ended with ${refused.code}:\n${words}`;
  const named = findCommands(words, bench.key);
  // Of what is wholly gone, or never was, there is nothing to name.
  const isAbsent = /\[CILO_ENVIRONMENT_NOT_FOUND\]/.test(refused.stderr) && (await bench.record()) === null;
  if (isAbsent && named.length === 0) return { said: "there is no such environment", points: refused.points };
  assert.notDeepEqual(named, [], told);
  const points = [...refused.points];
  for (const command of named) {
    const run = await bench.cilo(command);
    assert.equal(run.code, 0, `cilo ${command.join(" ")} ended with ${run.code}:\n${run.stderr}\nafter ${told}`);
    points.push(...run.points);
  }
  const [reason = ""] = words.split("\n").filter((line) => /\[CILO_\w+\]$|^notice /.test(line));
  const commands = named.map((command) => `cilo ${command.join(" ")}`).join(", then ");
  const said = `${reason.replace(/^cilo: |^notice |; run: .*/g, "")}: ${commands}`;
  return { said: said.replaceAll(bench.project, "shop").replaceAll(bench.world.directory, ""), points };
}

/** The commands about an environment that a hint or a finding names, up to the first "or"; what one of them would ask is answered beforehand. */
function findCommands(told: string, key: string): string[][] {
  const hint = /^hint: (.*)$/m.exec(told)?.[1] ?? "";
  const [first = ""] = hint.split(/,? or /);
  const named = [...first.matchAll(/"cilo ([^"]+)"/g), ...told.matchAll(/\brun: cilo (.*)$/gm)];
  const texts = new Set(named.map((match) => match[1] ?? ""));
  const commands = [...texts].map((text) => text.split(" ")).filter((args) => args.includes(key));
  return commands.map((args) => (args[0] === "destroy" ? [...args.filter((arg) => arg !== "--yes"), "--force"] : args));
}
