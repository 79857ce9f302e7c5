import { parseRecordType } from "../../src/dns/wire/protocol-numbers.ts";

export interface MessageOptions {
  id?: number;
  /** The header's second word; RD alone by default. */
  flags?: number;
  type?: string;
  class?: number;
  /** QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT. */
  counts?: [number, number, number, number];
  /** Octets after the question. */
  rest?: Buffer;
}

/** A message with one question, each part of which can be made wrong. `name` is text with dots, or octets. */
export function message(name: string | Buffer, options: MessageOptions = {}): Buffer {
  const [questions, answers, authority, additional] = options.counts ?? [1, 0, 0, 0];
  const header = [options.id ?? 0x1234, options.flags ?? 0x0100, questions, answers, authority, additional];
  const question = [parseRecordType(options.type ?? "A") ?? 0, options.class ?? 1];
  const octets = typeof name === "string" ? toOctets(name) : name;
  return Buffer.concat([toWords(header), octets, toWords(question), options.rest ?? Buffer.alloc(0)]);
}

/** Sixteen-bit numbers, big-endian. */
export function toWords(words: readonly number[]): Buffer {
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** An OPT record. */
export function opt(
  options: { udpBytes?: number; version?: number; flags?: number; data?: Buffer; owner?: Buffer } = {},
): Buffer {
  const data = options.data ?? Buffer.alloc(0);
  return Buffer.concat([
    options.owner ?? Buffer.from([0]),
    toWords([41, options.udpBytes ?? 1232, options.version ?? 0, options.flags ?? 0, data.length]),
    data,
  ]);
}

/** A name in wire form. */
export function toOctets(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`\0${label}`, "latin1").fill(label.length, 0, 1)),
    Buffer.from([0]),
  ]);
}

/**
 * A message that makes a parser work for its octets: a chain of pointers as long as fits, and records whose owners all
 * lead to its end, so that following names costs the product of both.
 */
export function pointerBomb(lengthBytes: number): Buffer {
  const question = message("web.e1.test").subarray(12);
  const chainStart = 12 + question.length + 11;
  const hopCount = Math.max(1, Math.floor(Math.min(lengthBytes / 2, 0x3fff - chainStart) / 2));
  const chain = Array.from({ length: hopCount }, (_, hop) => 0xc000 | (hop === 0 ? 12 : chainStart + 2 * (hop - 1)));
  const holder = Buffer.concat([Buffer.from([0]), toWords([65_280, 1, 0, 0, 2 * hopCount, ...chain])]);
  const record = toWords([0xc000 | (chainStart + 2 * (hopCount - 1)), 1, 1, 0, 0, 0]);
  const recordCount = Math.max(0, Math.floor((lengthBytes - chainStart - 2 * hopCount) / record.length));
  const header = toWords([0x1234, 0x0100, 1, 1 + recordCount, 0, 0]);
  return Buffer.concat([header, question, holder, ...Array.from({ length: recordCount }, () => record)]);
}

/** What a header says. */
export function readHeader(packet: Buffer) {
  const flags = packet.readUInt16BE(2);
  return {
    id: packet.readUInt16BE(0),
    opcode: (flags >> 11) & 0x0f,
    rcode: flags & 0x0f,
    flags: flagNames
      .filter(([, bit]) => (flags & bit) !== 0)
      .map(([name]) => name)
      .join(" "),
    counts: [4, 6, 8, 10].map((offset) => packet.readUInt16BE(offset)),
  };
}

const flagNames: [string, number][] = [
  ["qr", 0x8000],
  ["aa", 0x0400],
  ["tc", 0x0200],
  ["rd", 0x0100],
  ["ra", 0x0080],
  ["z", 0x0040],
  ["ad", 0x0020],
  ["cd", 0x0010],
];
