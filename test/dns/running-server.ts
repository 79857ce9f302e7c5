import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { silentLogger } from "../../src/base/log.ts";
import { createForwarder } from "../../src/dns/forward.ts";
import { createDnsServer, type DnsServer, type DnsServerOptions } from "../../src/dns/server.ts";
import type { Upstream } from "../../src/dns/upstreams/upstream.ts";
import type { UpstreamTable } from "../../src/dns/upstreams/upstream-table.ts";
import { encodeFrame, FrameReader } from "../../src/dns/wire/frames.ts";
import { exampleZone } from "./example-zone.ts";

export interface RunningServer extends AsyncDisposable {
  server: DnsServer;
  port: number;
}

export interface RunningServerOptions
  extends Pick<Partial<DnsServerOptions>, "zone" | "forwarder" | "allow" | "isWithheld" | "observer" | "tcpLimits"> {
  upstreams?: Upstream[];
}

/** Starts the server on a free port of 127.0.0.1; without upstreams unless some are given. */
export async function startServer(options: RunningServerOptions = {}): Promise<RunningServer> {
  const { upstreams = [], ...serverOptions } = options;
  const zone = exampleZone();
  const table: UpstreamTable = { servers: upstreams, routes: new Map() };
  const forwarder = options.forwarder ?? createForwarder({ upstreams: () => table, log: silentLogger });
  const server = createDnsServer({
    zone: () => zone,
    ...serverOptions,
    address: "127.0.0.1",
    port: 0,
    forwarder,
    log: silentLogger,
  });
  const { port } = await server.start();
  return {
    server,
    port,
    [Symbol.asyncDispose]: async () => {
      await forwarder.close();
      await server.close();
    },
  };
}

/** Sends one datagram and gives the reply, or null when there is none within `timeoutMs`. */
export async function exchangeRaw(port: number, message: Uint8Array, timeoutMs = 2_000): Promise<Buffer | null> {
  const socket = createSocket("udp4");
  try {
    const reply = once(socket, "message", { signal: AbortSignal.timeout(timeoutMs) });
    socket.send(message, port, "127.0.0.1");
    return (await reply)[0];
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return null;
    throw error;
  } finally {
    socket.close();
  }
}

/** Writes octets to a connection and reads messages until `count` have come or the server closes it. */
export async function exchangeStream(port: number, chunks: Iterable<Uint8Array>, count: number): Promise<Buffer[]> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const reader = new FrameReader(65_535);
  const messages: Buffer[] = [];
  for (const chunk of chunks) socket.write(chunk);
  for await (const chunk of socket.setTimeout(5_000, () => socket.destroy(new Error("nothing came for 5 s")))) {
    reader.push(chunk);
    for (let message = reader.next(); Buffer.isBuffer(message); message = reader.next()) messages.push(message);
    if (messages.length >= count) break;
  }
  socket.destroy();
  return messages;
}

/** Messages with their lengths before them, in one piece. */
export function toStream(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.map(encodeFrame));
}
