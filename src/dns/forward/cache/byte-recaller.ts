import type { Clock } from "../../../base/clock.ts";
import { plainUdpBytes } from "../../wire/edns.ts";
import { classIn, flagBits, headerBytes, recordTypes } from "../../wire/protocol-numbers.ts";
import { findNameEnd, hasUsualHeader, readUdpLimit, readWord } from "../../wire/usual-query.ts";
import { type QuestionKey, toKeyOfQuestion } from "../question-key.ts";
import { type AnswerCache, type CachedAnswer, isFresh } from "./answer-cache.ts";

/** Where in a query's octets what matters stands. */
interface UsualQuery {
  packet: Buffer;
  questionEnd: number;
  hasOpt: boolean;
  dnssecOk: boolean;
  /** Octets its reply may have. */
  limit: number;
}

/** Octets of DO in an OPT record: from its start, and the bit. */
const dnssecOkOffset = 7;
const dnssecOkBit = 0x80;
/** Of the second octet of flags. */
const authenticDataBit = 0x20;
const checkingDisabledBit = 0x10;

/**
 * Writes cached replies to usual queries by UDP straight into a buffer, with a string for the look-up as the only thing
 * that is made of a query. Whatever is not usual, not fresh or too long is left to `forward`, which is the reference:
 * where this one writes a reply, that one gives the same octets.
 */
export class ByteRecaller {
  readonly #cache: AnswerCache;
  readonly #clock: Clock;

  constructor(cache: AnswerCache, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  /** @returns octets written from `offset` on; 0 when `forward` is to be asked. */
  write(packet: Buffer, out: Buffer, offset: number): number {
    if (!hasUsualHeader(packet)) return 0;
    const nameEnd = findNameEnd(packet);
    const type = readWord(packet, nameEnd + 1);
    if (nameEnd === 0 || readWord(packet, nameEnd + 3) !== classIn || isAnsweredByServer(type)) return 0;
    const questionEnd = nameEnd + 5;
    const hasOpt = packet[11] === 1;
    const limit = hasOpt ? readUdpLimit(packet, questionEnd) : plainUdpBytes;
    if (limit === 0) return 0;
    const dnssecOk = hasOpt && ((packet[questionEnd + dnssecOkOffset] ?? 0) & dnssecOkBit) !== 0;
    const key = keyOf(packet, nameEnd, dnssecOk);
    const nowMs = this.#clock.now().getTime();
    const kept = key === null ? undefined : this.#cache.get(key);
    if (kept === undefined || !isFresh(kept, nowMs)) return 0;
    const length = writeReply({ packet, questionEnd, hasOpt, dnssecOk, limit }, kept, out, offset);
    if (length > 0) lowerTtls(kept, nowMs, out, offset);
    return length;
  }
}

/** OPT, 0 and the types for queries only (RFC 6895 section 3.1), ANY apart. */
function isAnsweredByServer(type: number): boolean {
  return type === recordTypes.OPT || type === 0 || (type >= 128 && type < recordTypes.ANY);
}

/** The query's key; null for a name whose case JavaScript would fold in another way than DNS does. */
function keyOf(packet: Buffer, nameEnd: number, dnssecOk: boolean): QuestionKey | null {
  let seen = 0;
  let hasCapitals = false;
  for (let index = headerBytes; index < nameEnd; index += 1) {
    const octet = packet[index] ?? 0;
    seen |= octet;
    if (octet >= 0x41 && octet <= 0x5a) hasCapitals = true;
  }
  if (hasCapitals && seen >= 0x80) return null;
  const question = hasCapitals
    ? packet.toString("latin1", headerBytes, nameEnd).toLowerCase() + packet.toString("latin1", nameEnd, nameEnd + 5)
    : packet.toString("latin1", headerBytes, nameEnd + 5);
  return toKeyOfQuestion(question, { dnssecOk, checkingDisabled: ((packet[3] ?? 0) & checkingDisabledBit) !== 0 });
}

/** The same reply as `writeReply` of `relay.ts` makes; 0 where that one would cut it down. */
function writeReply(query: UsualQuery, answer: CachedAnswer, out: Buffer, offset: number): number {
  const { packet, questionEnd, hasOpt } = query;
  const length = hasOpt ? answer.packet.length : answer.optStart;
  if (length > query.limit || (answer.flags & flagBits.tc) !== 0) return 0;
  answer.packet.copy(out, offset, 0, length);
  out[offset] = packet[0] ?? 0;
  out[offset + 1] = packet[1] ?? 0;
  for (let index = headerBytes; index < questionEnd; index += 1) out[offset + index] = packet[index] ?? 0;
  if (!hasOpt) out.writeUInt16BE(readWord(answer.packet, 10) - 1, offset + 10);
  const wantsAd = query.dnssecOk || ((packet[3] ?? 0) & authenticDataBit) !== 0;
  const copied = readWord(packet, 2) & (flagBits.rd | flagBits.cd);
  const kept = wantsAd ? answer.flags : answer.flags & ~flagBits.ad;
  out.writeUInt16BE(flagBits.qr | flagBits.ra | copied | kept, offset + 2);
  return length;
}

function lowerTtls({ ttlOffsets, storedAtMs }: CachedAnswer, nowMs: number, out: Buffer, offset: number): void {
  const ageSeconds = Math.floor((nowMs - storedAtMs) / 1_000);
  if (ageSeconds === 0) return;
  for (const ttl of ttlOffsets) out.writeUInt32BE(out.readUInt32BE(offset + ttl) - ageSeconds, offset + ttl);
}
