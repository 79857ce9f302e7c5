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
