import type { Upstream } from "../upstreams/upstream.ts";
import type { Transport } from "../wire/reply.ts";

/** One message to one server. */
export interface PlannedAsk {
  server: Upstream;
  transport: Transport;
  /** Not before this many milliseconds after the start. */
  notBeforeMs: number;
  /** How long this ask has to itself before the next begins; a failure ends that at once. */
  aloneMs: number;
}

/**
 * How long all of it may take, in milliseconds: below the 4 s after which the engine's own DNS server gives up, and
 * below the 5 s after which systemd-resolved and glibc ask again.
 */
export const lookupBudgetMs = 3_500;

/**
 * When the servers are gone through from the first again. Datagrams get lost, so each is asked twice; a network that
 * swallows them may still let TCP through.
 */
const rounds: readonly { startMs: number; endMs: number; transport: Transport }[] = [
  { startMs: 0, endMs: 1_500, transport: "udp" },
  { startMs: 1_500, endMs: 2_000, transport: "udp" },
  { startMs: 2_000, endMs: lookupBudgetMs, transport: "tcp" },
];

/**
 * Lays down whom to ask, how and when.
 * @param servers the best first.
 * @param hedgeDelayMs how long to wait for a server; less where there are so many that a round would not reach all.
 */
export function planAsks(servers: readonly Upstream[], hedgeDelayMs: (server: Upstream) => number): PlannedAsk[] {
  return rounds.flatMap(({ startMs, endMs, transport }) =>
    servers.map((server) => ({
      server,
      transport,
      notBeforeMs: startMs,
      aloneMs: Math.min(hedgeDelayMs(server), (endMs - startMs) / servers.length),
    })),
  );
}
