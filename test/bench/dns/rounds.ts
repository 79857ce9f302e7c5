import { readCpuSeconds } from "../process-usage.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { type DnsperfRun, runDnsperf } from "./dnsperf.ts";
import type { BenchedServer } from "./servers/benched-server.ts";
import type { Workbench } from "./workbench.ts";

/** One server under load for one round. */
export interface Round extends DnsperfRun {
  /** The server's, user and system together, for each query it answered. */
  cpuMicrosecondsPerQuery: number;
  /** How much of one CPU the server used; well below 1 it waited for the load generator. */
  cpuShare: number;
}

/** One who takes part in the rounds. */
export interface Contender {
  /** Unique. */
  label: string;
  server: BenchedServer;
  queriesFile: string;
}

export interface RoundsOptions {
  contenders: readonly Contender[];
  rounds: number;
  seconds: number;
  transport: "udp" | "tcp";
}

/**
 * Measures servers in turn, again and again, so that whatever else the machine does meets all of them; each round
 * begins with another one. A first round for each warms up and is thrown away.
 * @returns rounds by label, in the order they were run.
 */
export async function runRounds(bench: Workbench, options: RoundsOptions): Promise<Map<string, Round[]>> {
  const { contenders, rounds, seconds, transport } = options;
  const results = new Map<string, Round[]>(contenders.map(({ label }) => [label, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(Math.max(round, 0) + place) % contenders.length];
      if (contender === undefined) continue;
      const measured = await runRound(bench, contender, { seconds, transport });
      if (round >= 0) results.get(contender.label)?.push(measured);
    }
  }
  return results;
}

async function runRound(
  bench: Workbench,
  { server, queriesFile }: Contender,
  { seconds, transport }: Pick<RoundsOptions, "seconds" | "transport">,
): Promise<Round> {
  const cpuBefore = await readCpuSeconds(server.pid);
  const began = performance.now();
  const run = await runDnsperf({ port: server.port, queriesFile, seconds, transport, prefix: bench.prefixFor("load") });
  const elapsedSeconds = (performance.now() - began) / 1_000;
  const cpuSeconds = (await readCpuSeconds(server.pid)) - cpuBefore;
  return {
    ...run,
    cpuMicrosecondsPerQuery: (cpuSeconds * 1e6) / run.completed,
    cpuShare: cpuSeconds / elapsedSeconds,
  };
}

/** A server over all its rounds. */
export interface Standing {
  label: string;
  queriesPerSecond: Spread;
  cpuMicrosecondsPerQuery: Spread;
  cpuShare: Spread;
  averageLatencyMs: Spread;
  lost: number;
  completed: number;
  rcodes: Record<string, number>;
}

/** Sums up each server's rounds. */
export function standingsOf(results: ReadonlyMap<string, readonly Round[]>): Standing[] {
  return [...results].map(([label, rounds]) => ({
    label,
    queriesPerSecond: spreadOf(rounds.map((round) => round.queriesPerSecond)),
    cpuMicrosecondsPerQuery: spreadOf(rounds.map((round) => round.cpuMicrosecondsPerQuery)),
    cpuShare: spreadOf(rounds.map((round) => round.cpuShare)),
    averageLatencyMs: spreadOf(rounds.map((round) => round.averageLatencyMs)),
    lost: rounds.reduce((sum, round) => sum + round.lost, 0),
    completed: rounds.reduce((sum, round) => sum + round.completed, 0),
    rcodes: sumCounts(rounds.map((round) => round.rcodes)),
  }));
}

/** A figure of a round by which servers are compared. */
export type ComparedFigure = "queriesPerSecond" | "cpuMicrosecondsPerQuery";

/**
 * How cilo stands to another server: its figure divided by the other's in the same round, over all rounds.
 * @returns null when one of them did not take part.
 */
export function ratioTo(
  other: string,
  results: ReadonlyMap<string, readonly Round[]>,
  figure: ComparedFigure,
): Spread | null {
  const own = results.get("cilo");
  const others = results.get(other);
  if (own === undefined || others === undefined) return null;
  return spreadOf(own.map((round, index) => round[figure] / (others[index]?.[figure] ?? Number.NaN)));
}

/** How cilo stands to every server in every compared figure. */
export function ratiosOf(results: ReadonlyMap<string, readonly Round[]>) {
  return [...results.keys()].map((to) => ({
    to,
    queriesPerSecond: ratioTo(to, results, "queriesPerSecond"),
    cpuMicrosecondsPerQuery: ratioTo(to, results, "cpuMicrosecondsPerQuery"),
  }));
}

function sumCounts(counts: readonly Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [code, count] of counts.flatMap((entry) => Object.entries(entry))) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}
