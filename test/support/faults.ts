import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const hook = new URL("fault-hook.mjs", import.meta.url);
const src = fileURLToPath(new URL("../../src", import.meta.url));

/** An instant in a run: the n-th time that a point is passed, from 1. */
export interface Instant {
  point: string;
  passing: number;
}

/** What happens to a program at fault points. */
export interface Faults {
  /** File to which each point passed is added, one a line. */
  log?: string;
  /** What is done at one instant: first a program is run to its end, then the program under test sends itself a signal. */
  at?: Instant & { run?: readonly string[]; signal?: NodeJS.Signals };
}

/** The variables that put faults into a Node.js program. */
export function toFaultVariables(faults: Faults): { NODE_OPTIONS: string; CILO_TEST_FAULTS: string } {
  return { NODE_OPTIONS: `--import ${hook.href}`, CILO_TEST_FAULTS: JSON.stringify(faults) };
}

/** Every point there is in the source, as often as it is written there; sorted. */
export async function listSourcePoints(): Promise<string[]> {
  const points: string[] = [];
  for (const entry of await readdir(src, { recursive: true })) {
    if (!entry.endsWith(".ts")) continue;
    const text = await readFile(join(src, entry), "utf8");
    points.push(...[...text.matchAll(/faultPoint\("([^"]+)"\)/g)].map((match) => match[1] ?? ""));
  }
  return points.sort();
}

/** The points written to a log, in the order in which they were passed; none when there is no file. */
export async function readLog(log: string): Promise<string[]> {
  try {
    return (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Every instant of a recorded run, in order. */
export function toInstants(passed: readonly string[]): Instant[] {
  const passings = new Map<string, number>();
  return passed.map((point) => {
    const passing = (passings.get(point) ?? 0) + 1;
    passings.set(point, passing);
    return { point, passing };
  });
}
