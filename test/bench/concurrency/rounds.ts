import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Spread, spreadOf } from "../statistics.ts";
import { type Burst, runBurst } from "./burst.ts";
import { prepareBareStarts, prepareCreates, type Variant } from "./variants.ts";

/** A burst of creates and one of bare starts, one right after the other. */
export interface Pair {
  create: Burst;
  bare: Burst;
}

export interface VariantResult {
  label: string;
  pairs: readonly Pair[];
  /** What makes the figures worthless. */
  problems: readonly string[];
}

export interface RoundsOptions {
  variants: readonly Variant[];
  count: number;
  rounds: number;
  /** For the installations, each of which is used for one burst. */
  directory: string;
  signal: AbortSignal;
}

/**
 * Measures all variants in turn, again and again; which of a pair comes first changes with every round. A first round
 * warms up and is thrown away.
 */
export async function runRounds(options: RoundsOptions): Promise<VariantResult[]> {
  const results = options.variants.map(({ label }) => ({ label, pairs: [] as Pair[], problems: new Set<string>() }));
  for (let round = -1; round < options.rounds; round += 1) {
    for (const [index, variant] of options.variants.entries()) {
      const { pair, problems } = await runPair(variant, { ...options, isBareFirst: round % 2 === 0 });
      if (round >= 0) results[index]?.pairs.push(pair);
      for (const problem of problems) results[index]?.problems.add(problem);
    }
  }
  return results.map((result) => ({ ...result, problems: [...result.problems] }));
}

async function runPair(
  variant: Variant,
  options: Pick<RoundsOptions, "count" | "directory" | "signal"> & { isBareFirst: boolean },
): Promise<{ pair: Pair; problems: string[] }> {
  const { count, directory, signal, isBareFirst } = options;
  const home = join(directory, "home");
  const { calls, findProblems } = await prepareCreates(variant, { home, count });
  const runBare = () => runBurst(prepareBareStarts(count), signal);
  const early = isBareFirst ? await runBare() : null;
  const create = await runBurst(calls, signal);
  const bare = early ?? (await runBare());
  const problems = [...create.failures, ...(await findProblems())];
  await rm(home, { recursive: true, force: true });
  return { pair: { create, bare }, problems };
}

/** How creates stand to bare starts. */
export interface Comparison {
  wallRatio: Spread;
  /** Null where CPU time is not known. */
  cpuRatio: Spread | null;
}

/** Compares pair by pair. */
export function comparePairs(pairs: readonly Pair[]): Comparison {
  const cpuRatios = pairs.flatMap(({ create, bare }) =>
    create.cpuSeconds === null || bare.cpuSeconds === null ? [] : [create.cpuSeconds / bare.cpuSeconds],
  );
  return {
    wallRatio: spreadOf(pairs.map(({ create, bare }) => create.elapsedMs / bare.elapsedMs)),
    cpuRatio: cpuRatios.length === 0 ? null : spreadOf(cpuRatios),
  };
}
