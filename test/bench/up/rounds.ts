import { readChildrenCpuSeconds } from "../process-usage.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import type { Contender, ContenderLabel } from "./contenders.ts";

/** `cold`: nothing is there; `warm`: all of it runs already; `down`: it is taken away again. */
export const phases = ["cold", "warm", "down"] as const;
export type Phase = (typeof phases)[number];

/** One phase of one contender in one round. */
export interface Measured {
  /** Until the project was really up, or gone. */
  elapsedMs: number;
  /** Until the command returned: for cilo the same. */
  commandMs: number;
  /** Of all programs that were run, without the engine and the DNS server; null where the system does not say. */
  cpuMs: number | null;
}

/** A round of one contender. */
export type Round = Record<Phase, Measured>;

/** Rounds by contender, in the order they were run: those of one place belong together. */
export type Rounds = ReadonlyMap<ContenderLabel, readonly Round[]>;

export interface RoundsOptions {
  contenders: readonly Contender[];
  rounds: number;
  signal: AbortSignal;
}

/**
 * Measures contenders in turn, each from nothing to nothing, again and again, so that whatever else the machine does
 * meets all of them; each round begins with another one. A first round for each warms up and is thrown away.
 */
export async function runRounds(options: RoundsOptions): Promise<{ rounds: Rounds; problems: string[] }> {
  const { contenders, signal } = options;
  const rounds = new Map<ContenderLabel, Round[]>(contenders.map(({ label }) => [label, []]));
  const problems: string[] = [];
  for (let round = -1; round < options.rounds; round += 1) {
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(Math.max(round, 0) + place) % contenders.length];
      if (contender === undefined) continue;
      const measured = await runRound(contender, { signal, problems });
      if (round >= 0) rounds.get(contender.label)?.push(measured);
    }
  }
  return { rounds, problems: [...new Set(problems)] };
}

async function runRound(
  contender: Contender,
  { signal, problems }: { signal: AbortSignal; problems: string[] },
): Promise<Round> {
  const cold = await measure(signal, () => contender.up());
  problems.push(...(await contender.findProblems()));
  const warm = await measure(signal, () => contender.up());
  problems.push(...(await contender.findProblems()));
  const down = await measure(signal, () => contender.down());
  return { cold, warm, down };
}

async function measure(signal: AbortSignal, action: () => Promise<number>): Promise<Measured> {
  signal.throwIfAborted();
  const cpuBefore = await readChildrenCpuSeconds();
  const began = performance.now();
  const commandMs = await action();
  const elapsedMs = performance.now() - began;
  const cpuAfter = await readChildrenCpuSeconds();
  const cpuMs = cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) * 1_000;
  return { elapsedMs, commandMs, cpuMs };
}

/** How cilo stands to the plain side in one phase. */
export interface Comparison {
  /** Its time divided by the other's in the same round. */
  ratio: Spread;
  /** How much longer it took, in milliseconds. */
  extraMs: Spread;
  /** CPU time of the programs, in milliseconds, beyond the other's; null where it is not known. */
  extraCpuMs: Spread | null;
}

/** Compares two contenders round by round. */
export function compareRounds(
  rounds: Rounds,
  pair: { label: ContenderLabel; to: ContenderLabel; phase: Phase },
): Comparison {
  const { label, to, phase } = pair;
  const others = rounds.get(to) ?? [];
  const pairs = (rounds.get(label) ?? []).flatMap((round, index) => {
    const other = others[index];
    return other === undefined ? [] : [{ own: round[phase], other: other[phase] }];
  });
  const cpu = pairs.flatMap(({ own, other }) =>
    own.cpuMs === null || other.cpuMs === null ? [] : [own.cpuMs - other.cpuMs],
  );
  return {
    ratio: spreadOf(pairs.map(({ own, other }) => own.elapsedMs / other.elapsedMs)),
    extraMs: spreadOf(pairs.map(({ own, other }) => own.elapsedMs - other.elapsedMs)),
    extraCpuMs: cpu.length === 0 ? null : spreadOf(cpu),
  };
}
