import { LRUCache } from "lru-cache";
import type { Upstream } from "../../upstreams/upstream.ts";
import { encodeExtendedError, encodeOpt } from "../../wire/edns.ts";
import { flagBits } from "../../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../../wire/query.ts";
import type { Transport } from "../../wire/reply.ts";
import { forwardingErrors } from "../extended-errors.ts";
import type { QuestionKey } from "../question-key.ts";
import { type SharedAnswer, writeReply } from "../relay.ts";
import type { CacheTerms } from "./cache-terms.ts";

/**
 * An answer that is kept. Times are in milliseconds since 1970: unlike a monotonic clock that one goes on while the
 * machine sleeps, and answers grow older.
 */
export interface CachedAnswer extends SharedAnswer {
  readonly server: Upstream | null;
  readonly ttlOffsets: readonly number[];
  readonly storedAtMs: number;
  /** Given without asking until then. */
  readonly freshUntilMs: number;
  /** Given when no upstream answers until then. */
  readonly staleUntilMs: number;
  /** Given at once until then although it is stale: the upstreams have just failed. */
  recheckAtMs: number;
}

/** Answers by their question; the least recently used go when there are too many. */
export interface AnswerCache {
  get(key: QuestionKey): CachedAnswer | undefined;
  keep(key: QuestionKey, answer: SharedAnswer, options: { terms: CacheTerms; server: Upstream; nowMs: number }): void;
  /** Keeps a failure for a moment; what is kept and may still be of use stays, and is given without asking so long. */
  keepFailure(key: QuestionKey, answer: SharedAnswer, nowMs: number): void;
  clear(): void;
  size(): { entries: number; bytes: number };
}

const maxEntries = 10_000;
const maxSizeBytes = 8 * 1024 * 1024;
/** What an entry takes besides packet and key, in octets: its objects, and for each TTL a place in a list. */
const entryOverheadBytes = 400;
const ttlOffsetBytes = 8;
/** RFC 8767 section 5 suggests 1 to 3 days. */
const maxStaleMs = 24 * 60 * 60 * 1_000;
/** What a client is told of a stale answer's TTL, in seconds (RFC 8767 section 4). */
const staleTtlSeconds = 30;
/**
 * How long nobody is asked again after all upstreams failed; RFC 9520 section 3.2 wants 1 s to 5 min. Short, since most
 * failures here are of the own network, and end when it is back.
 */
const failureMs = 1_000;
/**
 * How long stale answers are given without asking after all upstreams failed. RFC 8767 section 5 recommends 30 s, to
 * spare authoritative servers; ours spare themselves (see `createUpstreamHealth`).
 */
const staleRecheckMs = 5_000;

/** Makes an empty cache. */
export function createAnswerCache(): AnswerCache {
  const answers = new LRUCache<QuestionKey, CachedAnswer>({
    max: maxEntries,
    maxSize: maxSizeBytes,
    sizeCalculation: ({ packet, ttlOffsets }, key) =>
      packet.length + key.length + ttlOffsets.length * ttlOffsetBytes + entryOverheadBytes,
  });
  return {
    get: (key) => answers.get(key),
    keep(key, answer, { terms, server, nowMs }) {
      const { ttlOffsets, canBeStale } = terms;
      const freshUntilMs = nowMs + terms.lifetimeSeconds * 1_000;
      const staleUntilMs = canBeStale ? freshUntilMs + maxStaleMs : 0;
      // What a cache says is not authoritative (RFC 1035 section 4.1.1).
      const flags = answer.flags & ~flagBits.aa;
      const times = { storedAtMs: nowMs, freshUntilMs, staleUntilMs, recheckAtMs: 0 };
      answers.set(key, {
        ...answer,
        packet: withNegativeTtl(answer.packet, terms),
        flags,
        server,
        ttlOffsets,
        ...times,
      });
    },
    keepFailure(key, answer, nowMs) {
      const kept = answers.get(key);
      if (kept !== undefined && isOfUse(kept, nowMs)) {
        kept.recheckAtMs = nowMs + staleRecheckMs;
        return;
      }
      const times = { storedAtMs: nowMs, freshUntilMs: nowMs + failureMs, staleUntilMs: 0, recheckAtMs: 0 };
      answers.set(key, { ...answer, server: null, ttlOffsets: [], ...times });
    },
    clear: () => answers.clear(),
    size: () => ({ entries: answers.size, bytes: answers.calculatedSize }),
  };
}

/** Whether an answer can be given without asking. One from the future was stored before the clock was set. */
export function isFresh(answer: CachedAnswer, nowMs: number): boolean {
  return nowMs < answer.freshUntilMs && nowMs >= answer.storedAtMs;
}

/** Whether an answer is better than none. */
export function isOfUse(answer: CachedAnswer, nowMs: number): boolean {
  return nowMs < answer.staleUntilMs && nowMs >= answer.storedAtMs;
}

/** Clients still get the packet as it came, so a change goes to a copy. */
function withNegativeTtl(packet: Buffer, { negativeTtl }: CacheTerms): Buffer {
  if (negativeTtl === null) return packet;
  const changed = Buffer.allocUnsafeSlow(packet.length);
  packet.copy(changed);
  changed.writeUInt32BE(negativeTtl.seconds, negativeTtl.offset);
  return changed;
}

/** Makes one client's reply of a fresh answer: TTLs are lower by its age. */
export function writeFreshReply(
  query: ParsedQuery,
  answer: CachedAnswer,
  how: { transport: Transport; nowMs: number },
): Buffer {
  const reply = writeReply(query, answer, how.transport);
  const ageSeconds = Math.floor((how.nowMs - answer.storedAtMs) / 1_000);
  if (ageSeconds === 0 || isTruncated(reply)) return reply;
  for (const offset of answer.ttlOffsets) reply.writeUInt32BE(reply.readUInt32BE(offset) - ageSeconds, offset);
  return reply;
}

/** Makes one client's reply of a stale answer: short TTLs, and the extended error that says so. */
export function writeStaleReply(query: ParsedQuery, answer: CachedAnswer, transport: Transport): Buffer {
  const options = encodeExtendedError(forwardingErrors.stale);
  const opt = encodeOpt({ dnssecOk: query.edns?.dnssecOk === true, options });
  const packet = Buffer.concat([answer.packet.subarray(0, answer.optStart), opt]);
  const reply = writeReply(query, { ...answer, packet }, transport);
  if (isTruncated(reply)) return reply;
  for (const offset of answer.ttlOffsets) reply.writeUInt32BE(staleTtlSeconds, offset);
  return reply;
}

function isTruncated(reply: Buffer): boolean {
  return ((reply[2] ?? 0) & (flagBits.tc >> 8)) !== 0;
}
