/** Types the bench asks for. */
export const types = { A: 1, SOA: 6, AAAA: 28, OPT: 41 } as const;
/** Response codes the bench expects. */
export const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;

const headerBytes = 12;
const udpPayloadBytes = 1232;

/** A name in wire form without the root label, one character an octet; case stays. */
export function toWireText(name: string): string {
  return name
    .split(".")
    .map((label) => String.fromCharCode(label.length) + label)
    .join("");
}

/** A name in wire form, the root label included. */
export function encodeName(name: string): Buffer {
  return Buffer.from(`${toWireText(name)}\0`, "latin1");
}

/** A query with RD and an OPT record, as dnsperf and every common stub resolver with EDNS send it. */
export function encodeQuery({ id, name, type }: { id: number; name: string; type: number }): Buffer {
  const octets = encodeName(name);
  const query = Buffer.alloc(headerBytes + octets.length + 4 + 11);
  query.writeUInt16BE(id, 0);
  query.writeUInt16BE(0x0100, 2);
  query.writeUInt16BE(1, 4);
  query.writeUInt16BE(1, 10);
  let offset = headerBytes + octets.copy(query, headerBytes);
  offset = query.writeUInt16BE(type, offset);
  offset = query.writeUInt16BE(1, offset);
  query.writeUInt16BE(types.OPT, offset + 1);
  query.writeUInt16BE(udpPayloadBytes, offset + 3);
  return query;
}

/** What a reply says, as far as the bench judges it. */
export interface Reply {
  id: number;
  rcode: number;
  authoritative: boolean;
  /** The question's octets. */
  question: Buffer;
  /** Of the A records, ascending. */
  addresses: string[];
  /** Of the first answer; null without one. */
  ttlSeconds: number | null;
  hasSoa: boolean;
  hasOpt: boolean;
}

/**
 * Reads a reply to one question.
 * @throws RangeError when it is cut short.
 */
export function readReply(packet: Buffer): Reply {
  const questionEnd = packet.readUInt16BE(4) === 1 ? skipName(packet, headerBytes) + 4 : headerBytes;
  const records = [...readRecords(packet, questionEnd)];
  const answers = records.slice(0, packet.readUInt16BE(6));
  const addresses = answers.filter(({ type, data }) => type === types.A && data.length === 4);
  return {
    id: packet.readUInt16BE(0),
    rcode: packet.readUInt16BE(2) & 0x0f,
    authoritative: (packet.readUInt16BE(2) & 0x0400) !== 0,
    question: packet.subarray(headerBytes, questionEnd),
    addresses: addresses.map(({ data }) => data.join(".")).sort(),
    ttlSeconds: answers[0]?.ttlSeconds ?? null,
    hasSoa: records.some(({ type }) => type === types.SOA),
    hasOpt: records.some(({ type }) => type === types.OPT),
  };
}

interface Record {
  type: number;
  ttlSeconds: number;
  data: Buffer;
}

function* readRecords(packet: Buffer, start: number): Generator<Record> {
  const count = packet.readUInt16BE(6) + packet.readUInt16BE(8) + packet.readUInt16BE(10);
  let offset = start;
  for (let index = 0; index < count; index += 1) {
    offset = skipName(packet, offset);
    const dataEnd = offset + 10 + packet.readUInt16BE(offset + 8);
    if (dataEnd > packet.length) throw new RangeError("a record ends behind the message");
    yield {
      type: packet.readUInt16BE(offset),
      ttlSeconds: packet.readUInt32BE(offset + 4),
      data: packet.subarray(offset + 10, dataEnd),
    };
    offset = dataEnd;
  }
}

function skipName(packet: Buffer, start: number): number {
  let offset = start;
  for (let length = packet.readUInt8(offset); length !== 0; length = packet.readUInt8(offset)) {
    if (length >= 0xc0) return offset + 2;
    offset += 1 + length;
  }
  return offset + 1;
}
