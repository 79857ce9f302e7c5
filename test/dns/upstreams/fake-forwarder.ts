import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Upstream } from "../../../src/dns/upstreams.ts";

export interface FakeForwarder extends Disposable {
  upstream: Upstream;
  /** How many queries came in. */
  count(): number;
  /** Whom it asks from now on; null: it says NXDOMAIN by itself. */
  askNext(upstream: Upstream | null): void;
}

export interface FakeForwarderOptions {
  /** Whom it asks; null: it says `rcode` by itself. */
  upstream: Upstream | null;
  /** What it says by itself; null: nothing at all. */
  rcode?: number | null;
  /** How long it waits before it asks. */
  delayMs?: number;
}

/** A forwarding resolver on a free UDP port of 127.0.0.1: what it asks has another id, what it hears goes back. */
export async function startFakeForwarder(options: FakeForwarderOptions): Promise<FakeForwarder> {
  const { rcode = 3, delayMs = 0 } = options;
  let { upstream } = options;
  let count = 0;
  const socket = createSocket("udp4");
  const towards = createSocket("udp4");
  const waiting = new Map<number, (reply: Buffer) => void>();
  towards.on("message", (reply) => waiting.get(reply.readUInt16BE(0))?.(reply));
  socket.on("message", (query, client) => {
    count += 1;
    const id = count;
    const answer = (reply: Buffer) => {
      const own = Buffer.from(reply);
      query.copy(own, 0, 0, 2);
      socket.send(own, client.port, client.address);
    };
    if (upstream === null) {
      if (rcode !== null) answer(withFlags(query, 0x8180 | rcode));
      return;
    }
    waiting.set(id, answer);
    const asked = Buffer.from(query);
    asked.writeUInt16BE(id, 0);
    const { port, address } = upstream;
    setTimeout(() => towards.send(asked, port, address), delayMs);
  });
  socket.bind(0, "127.0.0.1");
  towards.bind(0, "127.0.0.1");
  await Promise.all([once(socket, "listening"), once(towards, "listening")]);
  return {
    upstream: { address: "127.0.0.1", port: socket.address().port },
    count: () => count,
    askNext: (next) => {
      upstream = next;
    },
    [Symbol.dispose]: () => {
      socket.close();
      towards.close();
    },
  };
}

function withFlags(query: Buffer, flags: number): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(flags, 2);
  return reply;
}

/** A listener on a free UDP port of 127.0.0.1 that hands on the wire form of each name and says NXDOMAIN. */
export async function startFakeListener(
  onName: (packet: Buffer, end: number) => void,
): Promise<Disposable & { own: Upstream }> {
  const socket = createSocket("udp4");
  socket.on("message", (query, client) => {
    onName(query, query.length - 5);
    socket.send(withFlags(query, 0x8183), client.port, client.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    own: { address: "127.0.0.1", port: socket.address().port },
    [Symbol.dispose]: () => socket.close(),
  };
}
