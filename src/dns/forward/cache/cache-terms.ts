import { rcodes, recordTypes } from "../../wire/protocol-numbers.ts";
import { type RecordSpan, readCounts, readRecord } from "../../wire/records.ts";
import type { UpstreamReply } from "../relay.ts";

/** For how long, and how, an answer may be given again. */
export interface CacheTerms {
  /** At least 1. */
  lifetimeSeconds: number;
  /** Where the TTLs stand in the packet that count down. */
  ttlOffsets: readonly number[];
  /** The negative TTL and where it stands: it takes the place of the SOA record's own. */
  negativeTtl: { offset: number; seconds: number } | null;
  /** Whether it is better than nothing when it is too old: an answer is, a name's absence is not. */
  canBeStale: boolean;
}

/** Bounds of what a wrong answer can cost, in seconds. */
const maxPositiveSeconds = 3_600;
const maxNegativeSeconds = 300;
/** TTLs from here on count as 0 (RFC 2181 section 8). */
const firstInvalidTtl = 0x8000_0000;
/** An SOA record's data: two names of an octet at least, five numbers of which MINIMUM is the last. */
const minSoaBytes = 22;

/**
 * Works out the terms of a reply; null when it is not to be kept: TTL 0, truncated, a code other than NOERROR and
 * NXDOMAIN, or a negative answer without SOA record (RFC 2308 section 5).
 * @param type the question's.
 */
export function toCacheTerms(reply: UpstreamReply, type: number, questionEnd: number): CacheTerms | null {
  if (reply.truncated || (reply.rcode !== rcodes.NOERROR && reply.rcode !== rcodes.NXDOMAIN)) return null;
  const records = readRecords(reply, questionEnd);
  const answers = records.slice(0, readCounts(reply.packet).answers);
  const isPositive = reply.rcode === rcodes.NOERROR && answers.some((record) => answersType(record, type));
  const negativeTtl = isPositive ? null : findNegativeTtl(reply.packet, records.slice(answers.length));
  if (!isPositive && negativeTtl === null) return null;
  const limit = negativeTtl === null ? maxPositiveSeconds : negativeTtl.seconds;
  const lifetimeSeconds = records.reduce((least, record) => Math.min(least, ttlOf(record)), limit);
  if (lifetimeSeconds === 0) return null;
  return {
    lifetimeSeconds,
    ttlOffsets: records.map(ttlOffsetOf),
    negativeTtl,
    canBeStale: reply.rcode === rcodes.NOERROR,
  };
}

function readRecords(reply: UpstreamReply, questionEnd: number): RecordSpan[] {
  const records: RecordSpan[] = [];
  for (let offset = questionEnd; offset < reply.end; ) {
    const record = readRecord(reply.packet, offset);
    if (record === null) break;
    records.push(record);
    offset = record.end;
  }
  return records;
}

/** An alias that leads to nothing is no answer: it is negative like the name it leads to. */
function answersType(record: RecordSpan, type: number): boolean {
  return record.type === type || type === recordTypes.ANY;
}

function findNegativeTtl(packet: Buffer, authority: readonly RecordSpan[]): { offset: number; seconds: number } | null {
  const soa = authority.find(({ type, dataStart, end }) => type === recordTypes.SOA && end - dataStart >= minSoaBytes);
  if (soa === undefined) return null;
  const seconds = Math.min(ttlOf(soa), packet.readUInt32BE(soa.end - 4), maxNegativeSeconds);
  return { offset: ttlOffsetOf(soa), seconds };
}

function ttlOf({ ttl }: RecordSpan): number {
  return ttl >= firstInvalidTtl ? 0 : ttl;
}

/** TTL and RDLENGTH are the six octets before a record's data. */
function ttlOffsetOf({ dataStart }: RecordSpan): number {
  return dataStart - 6;
}
