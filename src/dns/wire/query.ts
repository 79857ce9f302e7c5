import { type Edns, parseOpt } from "./edns.ts";
import type { NameKey } from "./name.ts";
import { toKeyFromWire } from "./name.ts";
import { flagBits, headerBytes, opcodeQuery, rcodes, recordTypes } from "./protocol-numbers.ts";
import { readCounts, readRecord, skipPlainName } from "./records.ts";

/**
 * The longest query that is looked into, in octets. Real ones stay under 600 with every option there is; a long one
 * only serves to keep the parser busy.
 */
export const maxQueryBytes = 4096;

/** What a reply takes over from a query: header, question and whether there is EDNS. */
export interface QueryHead {
  /** The message as it came; never changed. */
  packet: Buffer;
  /** The octet after the question; 12 when there is no question to echo. */
  questionEnd: number;
  edns: Edns | null;
}

/** A query with exactly one question. */
export interface ParsedQuery extends QueryHead {
  id: number;
  name: NameKey;
  type: number;
  class: number;
  recursionDesired: boolean;
  checkingDisabled: boolean;
}

/**
 * `refused`: answered with `rcode` whatever the zone holds. `drop`: no query at all, or one that must not be
 * answered.
 */
export type ParsedMessage =
  | { kind: "query"; query: ParsedQuery }
  | { kind: "refused"; rcode: number; head: QueryHead }
  | { kind: "drop" };

/** Takes a message apart; never throws, and looks at each octet at most a few times. */
export function parseQuery(packet: Buffer): ParsedMessage {
  if (packet.length < headerBytes) return { kind: "drop" };
  const flags = packet.readUInt16BE(2);
  // Two servers that answered each other's replies would never stop.
  if ((flags & flagBits.qr) !== 0) return { kind: "drop" };
  const bare: QueryHead = { packet, questionEnd: headerBytes, edns: null };
  const isQuery = (flags & flagBits.opcode) >> 11 === opcodeQuery;
  const malformed = isQuery ? rcodes.FORMERR : rcodes.NOTIMP;
  if (packet.length > maxQueryBytes) return { kind: "refused", rcode: malformed, head: bare };
  const counts = readCounts(packet);
  const questionEnd = counts.questions === 1 ? findQuestionEnd(packet) : null;
  const head = { ...bare, questionEnd: questionEnd ?? headerBytes };
  const opt = counts.questions === 0 || questionEnd !== null ? findOpt(head) : "malformed";
  if (opt === "malformed") return { kind: "refused", rcode: malformed, head };
  head.edns = opt;
  if (!isQuery || questionEnd === null) return { kind: "refused", rcode: malformed, head };
  return { kind: "query", query: toParsedQuery(head, flags) };
}

function toParsedQuery(head: QueryHead, flags: number): ParsedQuery {
  const { packet, questionEnd, edns } = head;
  return {
    packet,
    questionEnd,
    edns,
    id: packet.readUInt16BE(0),
    name: toKeyFromWire(packet, headerBytes, questionEnd - 5),
    type: packet.readUInt16BE(questionEnd - 4),
    class: packet.readUInt16BE(questionEnd - 2),
    recursionDesired: (flags & flagBits.rd) !== 0,
    checkingDisabled: (flags & flagBits.cd) !== 0,
  };
}

function findQuestionEnd(packet: Buffer): number | null {
  const nameEnd = skipPlainName(packet, headerBytes);
  return nameEnd === null || nameEnd + 4 > packet.length ? null : nameEnd + 4;
}

/** Walks all records for the one OPT there may be; octets after the last counted record are not looked at. */
function findOpt(head: QueryHead): Edns | null | "malformed" {
  const { packet } = head;
  const counts = readCounts(packet);
  const firstAdditional = counts.answers + counts.authority;
  let edns: Edns | null = null;
  let offset = head.questionEnd;
  for (let index = 0; index < firstAdditional + counts.additional; index += 1) {
    const record = readRecord(packet, offset);
    if (record === null) return "malformed";
    offset = record.end;
    if (record.type !== recordTypes.OPT || index < firstAdditional) continue;
    const parsed = parseOpt(packet, record);
    // One OPT at most (RFC 6891 section 6.1.1).
    if (parsed === null || edns !== null) return "malformed";
    edns = parsed;
  }
  return edns;
}
