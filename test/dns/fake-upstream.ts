import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
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

/** Says what is sent for a query, one message after the other; nothing for silence. */
export type Script = (received: Received) => Buffer[];

/** A DNS server of UDP and TCP on one free port of 127.0.0.1 that does what its script says. */
export async function startFakeUpstream(script: Script): Promise<FakeUpstream> {
  const received: Received[] = [];
  const udp = createSocket("udp4");
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const { port } = udp.address();
  udp.on("message", (query, client) => {
    const entry: Received = { query, transport: "udp", clientPort: client.port };
    received.push(entry);
    for (const reply of script(entry)) udp.send(reply, client.port, client.address, () => {});
  });
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    const reader = new FrameReader(65_535);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      reader.push(chunk);
      for (let query = reader.next(); Buffer.isBuffer(query); query = reader.next()) {
        const entry: Received = { query, transport: "tcp", clientPort: socket.remotePort ?? 0 };
        received.push(entry);
        for (const reply of script(entry)) socket.write(encodeFrame(reply));
      }
    });
  });
  tcp.listen(port, "127.0.0.1");
  await once(tcp, "listening");
  return {
    upstream: { address: "127.0.0.1", port },
    received,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  };
}

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
  return Buffer.concat([toWords([0xc00c, type, 1, 0, ttlSeconds, data.length]), data]);
}
