import { chooseRRset } from "./answer.ts";
import { ednsUdpBytes, plainUdpBytes } from "./wire/edns.ts";
import { maxNameBytes, toKeyFromWire } from "./wire/name.ts";
import { classIn, headerBytes, pointerBits, rcodes, recordTypes } from "./wire/protocol-numbers.ts";
import { bareOptBytes, firstNoLength, hasUsualHeader, readUdpLimit, readWord } from "./wire/usual-query.ts";
import { startsDiscovery } from "./zone/discovery.ts";
import { findNode } from "./zone/find-node.ts";
import { foldedOctets, hashOctet } from "./zone/name-hash.ts";
import { type Authority, type RRset, soaSerialFromEnd, type ZoneNode } from "./zone/zone-node.ts";
import type { Zone } from "./zone.ts";

/**
 * Writes the replies to usual queries by UDP straight into a buffer: no object and no string is made of a query.
 * Whatever is not usual (malformed, EDNS options out of order, other classes and opcodes, foreign names) is left to
 * `answer`, which is the reference: where this one writes a reply, that one gives the same octets.
 */
export interface ByteAnswerer {
  /**
   * @param out has room for `maxReplyBytes` after `offset`
   * @returns octets written from `offset` on; 0 when nothing was written and `answer` is to be asked
   */
  write(packet: Buffer, zone: Zone, out: Buffer, offset: number): number;
}

/** Octets of the longest reply that is written. */
export const maxReplyBytes: number = ednsUdpBytes;

/** RD in the first, CD in the second octet of a header's flags. */
const recursionDesired = 0x01;
const checkingDisabled = 0x10;
/** QR and AA, and RA, of a reply. */
const authoritativeReply = 0x84;
const truncated = 0x02;
const recursionAvailable = 0x80;
const dnssecOk = 0x80;

/** Labels of the longest name, its root label apart: 127 of one octet. */
const maxLabels = 127;

/** Makes one. It keeps nothing from query to query but room to work in. */
export function createByteAnswerer(): ByteAnswerer {
  return new ZoneByteAnswerer();
}

class ZoneByteAnswerer implements ByteAnswerer {
  /** Where the labels of the name at hand start, and the hashes of the names that begin there. */
  readonly #starts = new Uint16Array(maxLabels);
  readonly #hashes = new Uint32Array(maxLabels);
  #labelCount = 0;
  /** What was found: records (none for an empty non-terminal), or null where the name does not exist. */
  #rrsets: readonly RRset[] | null = null;
  #authority: Authority | null = null;

  write(packet: Buffer, zone: Zone, out: Buffer, offset: number): number {
    if (!hasUsualHeader(packet)) return 0;
    const nameEnd = this.#readName(packet);
    const questionEnd = nameEnd + 5;
    if (nameEnd === 0 || questionEnd > packet.length) return 0;
    const type = readWord(packet, nameEnd + 1);
    if (readWord(packet, nameEnd + 3) !== classIn || isQueryForServer(type)) return 0;
    const hasOpt = packet[11] === 1;
    const limit = hasOpt ? readUdpLimit(packet, questionEnd) - bareOptBytes : plainUdpBytes;
    if (limit < 0 || !this.#find(packet, nameEnd, zone)) return 0;
    packet.copy(out, offset, 0, questionEnd);
    const length = this.#writeRecords(zone.serial, type, { out, offset, questionEnd, limit });
    out[offset + 11] = hasOpt ? 1 : 0;
    return hasOpt ? length + writeOpt(out, offset + length, packet[questionEnd + 7] ?? 0) : length;
  }

  /** @returns where the name's root label is; 0 when it is malformed. */
  #readName(packet: Buffer): number {
    let count = 0;
    let end = headerBytes;
    for (;;) {
      const length = packet[end] ?? firstNoLength;
      if (length >= firstNoLength) return 0;
      if (length === 0) break;
      this.#starts[count] = end;
      count += 1;
      end += 1 + length;
      if (end - headerBytes >= maxNameBytes) return 0;
    }
    this.#labelCount = count;
    this.#hashNames(packet, end);
    return end;
  }

  /** From the end, so that every enclosing name's hash comes by on the way to the whole one's. */
  #hashNames(packet: Buffer, end: number): void {
    let hash = 0;
    let index = end - 1;
    for (let label = this.#labelCount - 1; label >= 0; label -= 1) {
      const start = this.#starts[label] ?? 0;
      for (; index >= start; index -= 1) hash = hashOctet(hash, foldedOctets[packet[index] ?? 0] ?? 0);
      this.#hashes[label] = hash;
    }
  }

  /** The same rules as `findName`. @returns false for a foreign name. */
  #find(packet: Buffer, end: number, zone: Zone): boolean {
    for (let label = 0; label < this.#labelCount; label += 1) {
      const start = this.#starts[label] ?? 0;
      const kept = zone.names.find(packet, start, end, this.#hashes[label] ?? 0)?.node ?? null;
      const node = kept ?? findDiscovery(packet, { start, end }, zone);
      if (node === null) continue;
      const isItself = label === 0;
      if ((isItself ? node.self : node.below) === "foreign") {
        if (isItself) return false;
        continue;
      }
      this.#authority = node.authority;
      if (isItself) this.#rrsets = node.self === "exists" ? node.rrsets : null;
      else this.#rrsets = node.wildcard;
      return true;
    }
    return false;
  }

  /** Completes header and records. @returns octets of the reply without OPT. */
  #writeRecords(serial: number, type: number, to: Place): number {
    const authority = this.#authority;
    const rrsets = this.#rrsets;
    if (authority === null) return 0;
    const isApex = to.questionEnd - headerBytes - 5 === authority.apex.length;
    const wantsSoa = type === recordTypes.SOA && isApex && rrsets !== null;
    const rrset = wantsSoa || rrsets === null ? undefined : chooseRRset(rrsets, type);
    const length = to.questionEnd + (rrset === undefined ? authority.soa.length : rrset.bytes.length);
    const fits = length <= to.limit;
    writeFlags(to, rrsets === null ? rcodes.NXDOMAIN : rcodes.NOERROR, fits);
    if (!fits) return to.questionEnd;
    if (rrset !== undefined) writeRotated(rrset, to);
    else writeSoa(authority, serial, to);
    const answers = rrset?.count ?? (wantsSoa ? 1 : 0);
    to.out.writeUInt16BE(answers, to.offset + 6);
    to.out[to.offset + 9] = answers === 0 ? 1 : 0;
    return length;
  }
}

/** Where a reply is written, which already has the query's header and question. */
interface Place {
  out: Buffer;
  offset: number;
  /** From `offset`. */
  questionEnd: number;
  /** Octets that the reply may have without OPT. */
  limit: number;
}

/** Service discovery is rare enough to make objects for. */
function findDiscovery(packet: Buffer, name: { start: number; end: number }, zone: Zone): ZoneNode | null {
  return startsDiscovery(packet, name.start) ? findNode(zone.names, toKeyFromWire(packet, name.start, name.end)) : null;
}

/** Types that ask the server for something else than records of a name. */
function isQueryForServer(type: number): boolean {
  return type === recordTypes.OPT || (type >= recordTypes.TKEY && type <= recordTypes.AXFR);
}

function writeFlags({ out, offset }: Place, rcode: number, fits: boolean): void {
  out[offset + 2] = authoritativeReply | (fits ? 0 : truncated) | ((out[offset + 2] ?? 0) & recursionDesired);
  out[offset + 3] = recursionAvailable | ((out[offset + 3] ?? 0) & checkingDisabled) | rcode;
}

/** Starts at another record for every id, as `answer` does. */
function writeRotated(rrset: RRset, { out, offset, questionEnd }: Place): void {
  const { bytes, count, stride } = rrset;
  const id = readWord(out, offset);
  const start = count === 1 ? 0 : (id % count) * stride;
  bytes.copy(out, offset + questionEnd, start);
  if (start > 0) bytes.copy(out, offset + questionEnd + bytes.length - start, 0, start);
}

function writeSoa({ soa, apex }: Authority, serial: number, { out, offset, questionEnd }: Place): void {
  const start = offset + questionEnd;
  soa.copy(out, start);
  // The apex ends where the question's name does.
  out.writeUInt16BE(pointerBits | (questionEnd - 5 - apex.length), start);
  out.writeUInt32BE(serial, start + soa.length - soaSerialFromEnd);
}

/** @returns octets written */
function writeOpt(out: Buffer, start: number, flags: number): number {
  out.fill(0, start, start + bareOptBytes);
  out[start + 2] = recordTypes.OPT;
  out[start + 3] = ednsUdpBytes >>> 8;
  out[start + 4] = ednsUdpBytes & 0xff;
  out[start + 7] = flags & dnssecOk;
  return bareOptBytes;
}
