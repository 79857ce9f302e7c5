import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Upstream } from "../../src/dns/upstreams.ts";
import { encodeFrame, FrameReader } from "../../src/dns/wire/frames.ts";
import { toWords } from "./messages.ts";

export interface Received {
  query: Buffer;
  transport: "udp" | "tcp";
  clientPort: number;
}

export interface FakeUpstream extends AsyncDisposable {
  upstream: Upstream;
  received: Received[];
}

/** Says what is sent for a query, one message after the other, now or later; nothing for silence. */
export type Script = (received: Received) => Buffer[] | Promise<Buffer[]>;

/** A DNS server of UDP and TCP on one free port of 127.0.0.1 that does what its script says. */
export async function startFakeUpstream(script: Script): Promise<FakeUpstream> {
  const received: Received[] = [];
  const { udp, tcp, port } = await listenOnOnePort();
  let isOpen = true;
  udp.on("message", async (query, client) => {
    const entry: Received = { query, transport: "udp", clientPort: client.port };
    received.push(entry);
    for (const reply of await script(entry)) {
      // The fake may be gone by now.
      if (isOpen) udp.send(reply, client.port, client.address, () => {});
    }
  });
  const sockets = new Set<Socket>();
  tcp.on("connection", (socket) => {
    sockets.add(socket);
    const reader = new FrameReader(65_535);
    socket.on("error", () => {});
    socket.on("data", async (chunk: Buffer) => {
      reader.push(chunk);
      for (let query = reader.next(); Buffer.isBuffer(query); query = reader.next()) {
        const entry: Received = { query, transport: "tcp", clientPort: socket.remotePort ?? 0 };
        received.push(entry);
        for (const reply of await script(entry)) if (!socket.destroyed) socket.write(encodeFrame(reply));
      }
    });
  });
  return {
    upstream: { address: "127.0.0.1", port },
    received,
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  };
}

/** A port that is free for UDP may be taken for TCP: then another is tried. */
async function listenOnOnePort(): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (let attemptsLeft = 20; ; attemptsLeft -= 1) {
    const udp = createSocket("udp4");
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
    const { port } = udp.address();
    const tcp = createServer();
    try {
      await once(tcp.listen(port, "127.0.0.1"), "listening");
      return { udp, tcp, port };
    } catch (error) {
      udp.close();
      if (attemptsLeft === 0) throw error;
    }
  }
}

/** A port of 127.0.0.1 where nobody listens any more. */
export async function closedUpstream(): Promise<Upstream> {
  const { upstream, ...fake } = await startFakeUpstream(() => []);
  await fake[Symbol.asyncDispose]();
  return upstream;
}

/** The address that `answering` gives for every name. */
export const exampleAddress = Buffer.from([192, 0, 2, 1]);

/** Answers every question with one A record. */
export function answering(ttlSeconds = 300): Script {
  return ({ query }) => [replyTo(query, { counts: [1, 0, 0], records: [record(1, exampleAddress, ttlSeconds)] })];
}

/** Answers every question with a response code alone. */
export function saying(rcode: number): Script {
  return ({ query }) => [replyTo(query, { flags: 0x8180 | rcode })];
}

/** Says that a name or type does not exist, with the SOA record of its zone. */
export function denying(rcode: number, { ttlSeconds, minimumSeconds }: NegativeTtls): Script {
  const soa = soaRecord(ttlSeconds, minimumSeconds);
  return ({ query }) => [replyTo(query, { flags: 0x8180 | rcode, counts: [0, 1, 0], records: [soa] })];
}

export interface NegativeTtls {
  ttlSeconds: number;
  minimumSeconds: number;
}

/** An SOA record whose owner is the question's name. */
export function soaRecord(ttlSeconds: number, minimumSeconds: number): Buffer {
  const numbers = [1, 3600, 600, 86_400, minimumSeconds].flatMap((number) => [number >>> 16, number & 0xffff]);
  return record(6, Buffer.concat([Buffer.from([0xc0, 0x0c, 0xc0, 0x0c]), toWords(numbers)]), ttlSeconds);
}

/** Says nothing. */
export const silent: Script = () => [];

export interface ReplyOptions {
  flags?: number;
  /** ANCOUNT, NSCOUNT, ARCOUNT. */
  counts?: [number, number, number];
  records?: Buffer[];
  id?: number;
  /** In place of the question that was asked. */
  question?: Buffer;
}

/** A reply that repeats the question. */
export function replyTo(query: Buffer, options: ReplyOptions = {}): Buffer {
  const header = toWords([
    options.id ?? query.readUInt16BE(0),
    options.flags ?? 0x8180,
    1,
    ...(options.counts ?? [0, 0, 0]),
  ]);
  return Buffer.concat([header, options.question ?? questionOf(query), ...(options.records ?? [])]);
}

/** The octets of a message's question. */
export function questionOf(message: Buffer): Buffer {
  let end = 12;
  while (message[end] !== 0) end += 1 + (message[end] ?? 0);
  return message.subarray(12, end + 5);
}

/** A record whose owner is the question's name. */
export function record(type: number, data: Buffer, ttlSeconds = 300): Buffer {
  return Buffer.concat([toWords([0xc00c, type, 1, ttlSeconds >>> 16, ttlSeconds & 0xffff, data.length]), data]);
}
