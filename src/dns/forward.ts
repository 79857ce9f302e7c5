import { type Clock, systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { allServers } from "./forward/all-servers.ts";
import { createAnswerCache, isFresh, isOfUse, writeFreshReply, writeStaleReply } from "./forward/cache/answer-cache.ts";
import { ByteRecaller } from "./forward/cache/byte-recaller.ts";
import { toDelivery } from "./forward/delivery.ts";
import { forwardingErrors } from "./forward/extended-errors.ts";
import { toFailureAnswer, toServerFailure } from "./forward/failure.ts";
import type { FinalResult, Flight, Waiter } from "./forward/flight.ts";
import { Flights } from "./forward/flights.ts";
import { type Forwarded, nothingAsked, toOwnWord } from "./forward/forwarded.ts";
import { Lookup } from "./forward/lookup.ts";
import { toQuestionKey } from "./forward/question-key.ts";
import { toEmptyAnswer, writeReply } from "./forward/relay.ts";
import { createSocketGate } from "./forward/socket-gate.ts";
import { createUpstreamHealth, type UpstreamHealth, type UpstreamStatus } from "./forward/upstream-health.ts";
import { noUpstreams, serversFor, type UpstreamTable } from "./upstreams/upstream-table.ts";
import { encodeExtendedError } from "./wire/edns.ts";
import { formatName } from "./wire/name.ts";
import { formatRecordType, rcodes } from "./wire/protocol-numbers.ts";
import type { ParsedQuery } from "./wire/query.ts";
import type { Transport } from "./wire/reply.ts";

export type { AskedUpstream } from "./forward/ask-journal.ts";
export type { Forwarded } from "./forward/forwarded.ts";

/** Asks upstreams for names that are not ours, and remembers what they said. */
export interface Forwarder {
  /**
   * From the cache at once, else from upstreams. The promise always resolves, within 3.5 s: SERVFAIL when none answers.
   * A query without RD is never sent on: REFUSED when the cache has nothing.
   */
  forward(query: ParsedQuery, transport: Transport): Forwarded | Promise<Forwarded>;
  /**
   * Writes the reply to a usual query by UDP from the cache into `out`, where there is room for a whole one. The same
   * reply as `forward` gives, sooner.
   * @returns octets written from `offset` on; 0 when `forward` is to be asked.
   */
  writeCached(packet: Buffer, out: Buffer, offset: number): number;
  /** Other servers from now on: forgets answers, asks again what is in flight. Called by whoever keeps the table. */
  upstreamsChanged(): void;
  status(): ForwarderStatus;
  /** Ends what is in flight with SERVFAIL. */
  close(): Promise<void>;
}

/** What the forwarder has done since it started; `inFlight`, `entries` and `bytes` are as of now. */
export interface ForwarderStatus {
  /** Queries that wait for upstreams. */
  inFlight: number;
  /** Queries that were answered along with an identical one. */
  coalesced: number;
  cache: { entries: number; bytes: number; hits: number; misses: number; stale: number };
  upstreams: UpstreamStatus[];
}

export interface ForwarderOptions {
  /** The servers to ask, taken anew for every question. */
  upstreams: () => UpstreamTable;
  log: Logger;
  /** Called when a question has ended without any upstream's answer: the machine's servers may be others by now. */
  onFailure?: () => void;
  /** Answers with addresses of this machine or of an environment are emptied. */
  blockRebinding?: boolean;
  /** CIDRs of the environments' networks, for `blockRebinding`. */
  subnets?: () => readonly string[];
  clock?: Clock;
  /** From 0 to below 1; chooses when to ask another server than the best. */
  random?: () => number;
}

/** Sockets to upstreams at a time, and those opened in one turn of the event loop, at some 40 microseconds each. */
const maxSockets = 512;
const maxSocketsPerTurn = 32;
/** How often it is logged that too many queries wait, in milliseconds. */
const overloadLogIntervalMs = 30_000;

/** Makes the forwarder that asks for names which are not in the zone. */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const forwarder = new CachingForwarder(options);
  return {
    forward: (query, transport) => forwarder.forward(query, transport),
    writeCached: (packet, out, offset) => forwarder.writeCached(packet, out, offset),
    upstreamsChanged: () => forwarder.upstreamsChanged(),
    status: () => forwarder.status(),
    close: () => forwarder.close(),
  };
}

class CachingForwarder implements Forwarder {
  readonly #options: ForwarderOptions;
  readonly #clock: Clock;
  readonly #health: UpstreamHealth;
  readonly #cache = createAnswerCache();
  readonly #recaller: ByteRecaller;
  readonly #gate = createSocketGate({ limit: maxSockets, perTurn: maxSocketsPerTurn });
  readonly #flights = new Flights({
    lookUp: (query, budgetMs) => this.#lookUp(query, budgetMs),
    onEnd: (flight, result) => this.#settle(flight, result),
  });
  readonly #counts = { hits: 0, misses: 0, stale: 0 };
  #overloadLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ForwarderOptions) {
    const { clock = systemClock, random = Math.random } = options;
    this.#options = options;
    this.#clock = clock;
    this.#health = createUpstreamHealth({ clock, random });
    this.#recaller = new ByteRecaller(this.#cache, clock);
  }

  forward(query: ParsedQuery, transport: Transport): Forwarded | Promise<Forwarded> {
    const key = toQuestionKey(query);
    const nowMs = this.#clock.now().getTime();
    const kept = this.#cache.get(key);
    if (kept !== undefined && isFresh(kept, nowMs)) {
      this.#counts.hits += 1;
      const packet = writeFreshReply(query, kept, { transport, nowMs });
      return { packet, source: "cache", server: kept.server, asked: nothingAsked };
    }
    if (!query.recursionDesired) return toOwnWord(query, toRefusal(query), { transport });
    this.#counts.misses += 1;
    if (kept === undefined || !isOfUse(kept, nowMs)) {
      const waiter: Waiter = { query, transport, giveStale: null };
      return this.#flights.join(key, waiter) ?? this.#refuseToWait(waiter);
    }
    const giveStale: Waiter["giveStale"] = (asked) => {
      this.#counts.stale += 1;
      return { packet: writeStaleReply(query, kept, transport), source: "stale", server: kept.server, asked };
    };
    if (nowMs < kept.recheckAtMs) return giveStale(nothingAsked);
    return this.#flights.join(key, { query, transport, giveStale }) ?? giveStale(nothingAsked);
  }

  writeCached(packet: Buffer, out: Buffer, offset: number): number {
    const length = this.#recaller.write(packet, out, offset);
    if (length > 0) this.#counts.hits += 1;
    return length;
  }

  upstreamsChanged(): void {
    this.#cache.clear();
    this.#health.keepOnly(allServers(this.#table()));
    this.#flights.askAgain();
  }

  status(): ForwarderStatus {
    return {
      inFlight: this.#flights.waiting,
      coalesced: this.#flights.coalesced,
      cache: { ...this.#cache.size(), ...this.#counts },
      upstreams: this.#health.status(allServers(this.#table())),
    };
  }

  close(): Promise<void> {
    return this.#flights.close();
  }

  #table(): UpstreamTable {
    try {
      return this.#options.upstreams();
    } catch (error) {
      this.#options.log.error({ error: messageOf(error) }, "could not tell which DNS servers to ask");
      return noUpstreams;
    }
  }

  #lookUp(query: ParsedQuery, budgetMs: number): Lookup {
    const servers = serversFor(this.#table(), query.name);
    return new Lookup({ query, servers, budgetMs, gate: this.#gate, health: this.#health });
  }

  #refuseToWait({ query, transport }: Waiter): Forwarded {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#overloadLoggedMs >= overloadLogIntervalMs) {
      this.#overloadLoggedMs = nowMs;
      const { inFlight, upstreams } = this.status();
      this.#options.log.warn({ inFlight, upstreams }, "too many queries wait for upstreams: further ones fail");
    }
    return toOwnWord(query, toServerFailure(query, forwardingErrors.overloaded), { transport });
  }

  /** Keeps what was learnt, and says what each client gets. */
  #settle(flight: Flight, result: FinalResult): (waiter: Waiter) => Forwarded {
    try {
      return result?.kind === "answered" ? this.#deliver(flight, result) : this.#fail(flight, result);
    } catch (error) {
      this.#options.log.error({ error: messageOf(error) }, "could not forward a query");
      const answer = toServerFailure(flight.query, forwardingErrors.fault);
      return ({ query, transport }) => toOwnWord(query, answer, { transport });
    }
  }

  #deliver({ key, query }: Flight, result: Extract<FinalResult, { kind: "answered" }>): (waiter: Waiter) => Forwarded {
    const { server, asked } = result;
    const { answer, terms } = toDelivery(query, result, this.#options);
    if (terms !== null) this.#cache.keep(key, answer, { terms, server, nowMs: this.#clock.now().getTime() });
    return (waiter) => {
      const packet = writeReply(waiter.query, answer, waiter.transport);
      return { packet, source: "upstream", server, asked };
    };
  }

  #fail({ key, query }: Flight, result: Exclude<FinalResult, { kind: "answered" }>): (waiter: Waiter) => Forwarded {
    const answer = toFailureAnswer(query, result);
    const asked = result?.asked ?? nothingAsked;
    if (result !== null) this.#options.onFailure?.();
    // Without a server, or at the end, nothing was learnt of the name.
    if (asked.length > 0) {
      const question = { name: formatName(query.name), type: formatRecordType(query.type) };
      this.#options.log.debug({ ...question, asked }, "no upstream answered");
      this.#cache.keepFailure(key, answer, this.#clock.now().getTime());
    }
    return (waiter) =>
      waiter.giveStale?.(asked) ?? toOwnWord(waiter.query, answer, { transport: waiter.transport, asked });
  }
}

function toRefusal(query: ParsedQuery) {
  return toEmptyAnswer(query, rcodes.REFUSED, encodeExtendedError(forwardingErrors.notRecursive));
}
