import { messageOf } from "../../base/errors.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { askUpstream } from "./ask-upstream.ts";
import type { UpstreamReply } from "./relay.ts";

export interface AskInTurnOptions {
  query: ParsedQuery;
  upstreams: readonly Upstream[];
  /** Ends everything that is under way. */
  signal: AbortSignal;
  /** When `signal` will end it at the latest; the turns are spread over it. */
  budgetMs: number;
}

/** An upstream that gave no answer; `reply` is what it said instead, if anything. */
export interface UpstreamFailure {
  server: Upstream;
  reason: string;
  reply: UpstreamReply | null;
}

export type TurnResult =
  | { kind: "answered"; server: Upstream; reply: UpstreamReply }
  | { kind: "failed"; failures: UpstreamFailure[]; asked: number };

type Attempt = { kind: "answered"; server: Upstream; reply: UpstreamReply } | ({ kind: "failed" } & UpstreamFailure);

/** Datagrams get lost; a server that was silent twice is taken to be away. */
const asksPerUpstream = 2;
/** Bounds of the time until the next upstream is asked as well, in milliseconds. */
const minTurnMs = 400;
const maxTurnMs = 1_500;

/**
 * Asks one upstream after the other: the next at once where one fails, and after a while where one is silent, which
 * may still answer in the meantime. The first answer wins.
 */
export async function askInTurn(options: AskInTurnOptions): Promise<TurnResult> {
  const { query, upstreams, signal, budgetMs } = options;
  const turnMs = Math.min(Math.max(budgetMs / (upstreams.length * asksPerUpstream), minTurnMs), maxTurnMs);
  const waiting = Array.from({ length: asksPerUpstream }, () => upstreams).flat();
  const running = new Set<Promise<Attempt>>();
  const failures: UpstreamFailure[] = [];
  while (!signal.aborted) {
    const server = takeNext(waiting, failures);
    if (server !== undefined) running.add(attempt(query, server, signal));
    if (running.size === 0) break;
    const ended = await firstToEnd(running, turnMs);
    if (ended === null) continue;
    running.delete(ended.promise);
    if (ended.attempt.kind === "answered") return ended.attempt;
    failures.push(ended.attempt);
  }
  return { kind: "failed", failures, asked: upstreams.length };
}

function takeNext(waiting: Upstream[], failures: readonly UpstreamFailure[]): Upstream | undefined {
  for (;;) {
    const server = waiting.shift();
    if (server === undefined || !failures.some((failure) => failure.server === server)) return server;
  }
}

async function attempt(query: ParsedQuery, server: Upstream, signal: AbortSignal): Promise<Attempt> {
  try {
    return { ...(await askUpstream(query, server, signal)), server };
  } catch (error) {
    return { kind: "failed", server, reason: messageOf(error), reply: null };
  }
}

/** The attempt that ends first, or null when none does within `timeoutMs`. */
async function firstToEnd(
  running: ReadonlySet<Promise<Attempt>>,
  timeoutMs: number,
): Promise<{ promise: Promise<Attempt>; attempt: Attempt } | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  const ends = [...running].map(async (promise) => ({ promise, attempt: await promise }));
  try {
    return await Promise.race([...ends, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
