import type { StormRun } from "./run-commands.ts";
import type { StormKind } from "./storm-plan.ts";

/**
 * What each kind of command may end with, when others run at the same time: an environment may be there already or not
 * yet, or go away while one waits for it; two may be given one subnet. 1: what a signal cut off in the middle, and `up` whose containers somebody
 * else's `down` took away.
 */
const expectedCodes: Readonly<Record<StormKind, readonly number[]>> = {
  create: [0, 4],
  up: [0, 2],
  down: [0, 2],
  destroy: [0, 2],
  restore: [0, 2, 4],
  migrate: [0, 2, 3],
  prune: [0],
  doctor: [0, 1],
  status: [0, 2],
  list: [0],
};

/** What else a command may end with that got SIGINT: it failed because of it, or ended at once. */
const interruptedCodes: readonly number[] = [1, 130];

/** Commands that ended as none should, a line each. */
export function findUnexpectedEndings(runs: readonly StormRun[]): string[] {
  return runs.filter((run) => run.isStuck || !isExpected(run)).map(describeRun);
}

function isExpected({ command, exitCode }: StormRun): boolean {
  const { interruption, kind } = command;
  if (exitCode === null) return interruption?.signal === "SIGKILL" || interruption?.signal === "SIGINT";
  if (expectedCodes[kind].includes(exitCode)) return true;
  return interruption?.signal === "SIGINT" && interruptedCodes.includes(exitCode);
}

function describeRun({ command, exitCode, isStuck, stderr }: StormRun): string {
  const { args, interruption } = command;
  const cut = interruption === null ? "" : ` (${interruption.signal} after ${interruption.afterMs} ms)`;
  const ending = isStuck ? "did not end" : `ended with ${exitCode ?? "a signal"}`;
  return `cilo ${args.join(" ")}${cut} ${ending}: ${stderr.trim()}`;
}

/** What has to be true of an environment after a storm, as far as its commands' order in time says. */
export type Fate = "there" | "gone" | "unknown";

/**
 * Tells from what was acknowledged whether an environment has to be there. Commands that overlap may have been done in
 * either order, and one that was cut off may have been done or not.
 */
export function fateOf(environment: string, runs: readonly StormRun[]): Fate {
  const about = runs.filter(({ command }) => command.environment === environment);
  const makes = about.filter(({ command }) => command.kind === "create" || command.kind === "restore");
  const removes = about.filter(({ command }) => command.kind === "destroy");
  const made = makes.filter(({ exitCode }) => exitCode === 0);
  const removed = removes.filter(({ exitCode }) => exitCode === 0);
  if (made.some((make) => removes.every((remove) => remove.endedAtMs < make.startedAtMs))) return "there";
  if (removed.some((remove) => makes.every((make) => make.endedAtMs < remove.startedAtMs))) return "gone";
  return makes.length === 0 ? "gone" : "unknown";
}
