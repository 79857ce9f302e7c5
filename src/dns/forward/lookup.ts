import type { Upstream } from "../upstreams/upstream.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { type AskedUpstream, AskJournal } from "./ask-journal.ts";
import { type PlannedAsk, planAsks } from "./ask-plan.ts";
import { askUpstream, type UpstreamOutcome } from "./ask-upstream.ts";
import type { UpstreamReply } from "./relay.ts";
import type { SocketGate } from "./socket-gate.ts";
import type { UpstreamHealth } from "./upstream-health.ts";

export interface LookupOptions {
  query: ParsedQuery;
  /** Whom to ask; the order is taken from `health`. */
  servers: readonly Upstream[];
  /** When to give up, in milliseconds from now. */
  budgetMs: number;
  gate: SocketGate;
  health: UpstreamHealth;
}

/** `asked`: every message sent, in order. `known`: how many servers there were to ask. */
export type LookupResult =
  | { kind: "answered"; server: Upstream; reply: UpstreamReply; asked: AskedUpstream[] }
  | { kind: "failed"; failures: readonly UpstreamFailure[]; asked: AskedUpstream[]; known: number }
  | { kind: "cancelled" };

/** An upstream that gave no answer; `reply` is what it said instead, if anything. */
export interface UpstreamFailure {
  server: Upstream;
  reason: string;
  reply: UpstreamReply | null;
}

/**
 * One question on its way: one upstream is asked after the other, the next at once where one fails, and after a while
 * where one is silent, which may still answer in the meantime. The first answer wins. A lookup starts when it is made.
 */
export class Lookup {
  /** Never rejects. */
  readonly result: Promise<LookupResult>;
  readonly #options: LookupOptions;
  readonly #resolve: (result: LookupResult) => void;
  readonly #plan: PlannedAsk[];
  readonly #startedMs = performance.now();
  readonly #ending = new AbortController();
  readonly #journal = new AskJournal();
  readonly #failures = new Map<Upstream, UpstreamFailure>();
  #running = 0;
  /** When the ask that began last has had its time alone, from the start. */
  #nextAtMs = 0;
  #nextTimer: NodeJS.Timeout | undefined;
  #budgetTimer: NodeJS.Timeout;

  constructor(options: LookupOptions) {
    const { servers, health, budgetMs } = options;
    const { promise, resolve } = Promise.withResolvers<LookupResult>();
    this.result = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.#plan = planAsks(health.rank(servers), (server) => health.hedgeDelayMs(server));
    this.#budgetTimer = setTimeout(() => this.#fail(), budgetMs);
    this.#beginDue();
  }

  /** Ends it without a result. */
  cancel(): void {
    this.#end({ kind: "cancelled" });
  }

  /** Begins what it is time for, sets the timer for what comes next. */
  #beginDue(): void {
    clearTimeout(this.#nextTimer);
    for (let ask = this.#peek(); ask !== undefined; ask = this.#peek()) {
      const leftMs = Math.max(ask.notBeforeMs, this.#nextAtMs) - this.#elapsedMs();
      if (leftMs > 0) {
        this.#nextTimer = setTimeout(() => this.#beginDue(), Math.ceil(leftMs));
        return;
      }
      this.#plan.shift();
      this.#nextAtMs = this.#elapsedMs() + ask.aloneMs;
      this.#begin(ask);
    }
    if (this.#running === 0) this.#fail();
  }

  /** The next ask of a server that has not failed. */
  #peek(): PlannedAsk | undefined {
    while (this.#plan[0] !== undefined && this.#failures.has(this.#plan[0].server)) this.#plan.shift();
    return this.#plan[0];
  }

  async #begin({ server, transport }: PlannedAsk): Promise<void> {
    const { query, gate, health } = this.#options;
    this.#running += 1;
    const signal = this.#ending.signal;
    const outcome = await askUpstream({ query, server, transport, signal, gate, health, journal: this.#journal });
    this.#running -= 1;
    if (!signal.aborted) this.#take(server, outcome);
  }

  #take(server: Upstream, outcome: UpstreamOutcome): void {
    const { health } = this.#options;
    if (outcome.kind === "answered") {
      this.#countFailures(server);
      health.succeeded(server);
      this.#end({ kind: "answered", server, reply: outcome.reply, asked: this.#journal.list() });
      return;
    }
    const { reason, reply } = outcome;
    if (reply === null) health.failed(server, reason);
    this.#failures.set(server, { server, reason, reply });
    this.#nextAtMs = this.#elapsedMs();
    this.#beginDue();
  }

  #fail(): void {
    this.#countFailures(null);
    const known = this.#options.servers.length;
    this.#end({ kind: "failed", failures: [...this.#failures.values()], asked: this.#journal.list(), known });
  }

  /**
   * Says of the servers who failed. One that was silent did when it had its time; one that said SERVFAIL or REFUSED did
   * when another could answer, else the name may be at fault.
   */
  #countFailures(answeredBy: Upstream | null): void {
    const { health } = this.#options;
    const counted = new Set<Upstream | null>([answeredBy]);
    for (const { server, outcome, elapsedMs } of this.#journal.end()) {
      if (counted.has(server) || this.#failures.has(server) || elapsedMs < health.hedgeDelayMs(server)) continue;
      counted.add(server);
      health.failed(server, outcome, elapsedMs);
    }
    if (answeredBy === null) return;
    for (const { server, reason, reply } of this.#failures.values()) {
      if (reply !== null) health.failed(server, reason);
    }
  }

  #end(result: LookupResult): void {
    if (this.#ending.signal.aborted) return;
    clearTimeout(this.#nextTimer);
    clearTimeout(this.#budgetTimer);
    // An error to say so would cost more than all else here, and nobody reads it.
    this.#ending.abort("the lookup has ended");
    this.#resolve(result);
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
}
