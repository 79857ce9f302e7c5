import { setImmediate as nextTurn } from "node:timers/promises";
import type { ParsedQuery } from "../wire/query.ts";
import type { Transport } from "../wire/reply.ts";
import type { AskedUpstream } from "./ask-journal.ts";
import { lookupBudgetMs } from "./ask-plan.ts";
import type { Forwarded } from "./forwarded.ts";
import type { Lookup, LookupResult } from "./lookup.ts";
import type { QuestionKey } from "./question-key.ts";

/** A client that waits. */
export interface Waiter {
  query: ParsedQuery;
  transport: Transport;
  /** The answer that is too old, if there is one: given when the upstreams take too long or fail. */
  giveStale: ((asked: readonly AskedUpstream[]) => Forwarded) | null;
}

export interface FlightOptions {
  key: QuestionKey;
  /** The first client's; all others ask the same. */
  query: ParsedQuery;
  lookUp: (query: ParsedQuery, budgetMs: number) => RunningLookup;
  /** Called once, before the clients get their replies; gives what makes them. Must not throw. */
  onEnd: (flight: Flight, result: FinalResult) => (waiter: Waiter) => Forwarded;
}

export type RunningLookup = Pick<Lookup, "result" | "cancel">;

/** How a question ended: null when the server closed first. */
export type FinalResult = Exclude<LookupResult, { kind: "cancelled" }> | null;

/** How long a client waits before it gets a stale answer, in milliseconds (RFC 8767 section 5). */
const staleAfterMs = 1_800;

/** Replies that are written in one turn of the event loop, at some 80 microseconds each when they have 64 KiB. */
const repliesPerTurn = 32;

/** One question that upstreams are being asked, and the clients that wait for it. Starts when it is made. */
export class Flight {
  readonly key: QuestionKey;
  readonly query: ParsedQuery;
  /** Resolves when every client has its reply. */
  readonly ended: Promise<void>;
  readonly #options: FlightOptions;
  readonly #waiting = new Map<Waiter, (forwarded: Forwarded) => void>();
  readonly #deadlineMs = performance.now() + lookupBudgetMs;
  #lookup: RunningLookup;
  #isOutdated = false;
  #isClosed = false;

  constructor(options: FlightOptions) {
    this.key = options.key;
    this.query = options.query;
    this.#options = options;
    this.#lookup = this.#lookUp();
    this.ended = this.#untilEnd();
  }

  /** The client's reply, when there is one. */
  wait(waiter: Waiter): Promise<Forwarded> {
    return new Promise((resolve) => {
      const { giveStale } = waiter;
      if (giveStale === null) {
        this.#waiting.set(waiter, resolve);
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        resolve(giveStale([]));
      }, staleAfterMs);
      this.#waiting.set(waiter, (forwarded) => {
        clearTimeout(timer);
        resolve(forwarded);
      });
    });
  }

  /** What the servers say that are being asked is of no interest any more. */
  markOutdated(): void {
    this.#isOutdated = true;
  }

  /** Asks anew, within the time that is left, if what is under way is outdated. */
  askAgain(): void {
    if (this.#isOutdated) this.#lookup.cancel();
  }

  /** Ends it; the clients are told. */
  close(): void {
    this.#isClosed = true;
    this.#lookup.cancel();
  }

  #lookUp(): RunningLookup {
    return this.#options.lookUp(this.query, Math.max(0, this.#deadlineMs - performance.now()));
  }

  async #untilEnd(): Promise<void> {
    const result = await this.#untilResult();
    const toReply = this.#options.onEnd(this, result);
    let count = 0;
    for (const [waiter, resolve] of this.#waiting) {
      resolve(toReply(waiter));
      count += 1;
      if (count % repliesPerTurn === 0) await nextTurn();
    }
    this.#waiting.clear();
  }

  async #untilResult(): Promise<FinalResult> {
    for (;;) {
      const result = await this.#lookup.result;
      if (this.#isClosed) return null;
      if (result.kind !== "cancelled" && !this.#isOutdated) return result;
      this.#isOutdated = false;
      this.#lookup = this.#lookUp();
    }
  }
}
