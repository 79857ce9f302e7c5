import { createSocket } from "node:dgram";
import { connect, isIP } from "node:net";
import type { Upstream } from "../upstreams/upstream.ts";
import { encodeFrame, FrameReader } from "../wire/frames.ts";
import { isReplyTo } from "./upstream-query.ts";

export interface ExchangeOptions {
  server: Upstream;
  /** A whole message; its id is what the reply must have. */
  query: Buffer;
  /** Ends the exchange; the promise then rejects with the signal's reason. */
  signal: AbortSignal;
}

/** The longest reply TCP can carry, in octets. */
const maxReplyBytes = 65_535;

/**
 * Asks by UDP from a socket of its own: a random port (RFC 5452 section 9.2), no datagram from any other sender, and ECONNREFUSED at once where nobody listens. What does not
 * answer the query is ignored, however much of it comes.
 * @throws Node's socket errors, the signal's reason.
 */
export function exchangeUdp({ server, query, signal }: ExchangeOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = createSocket(isIP(server.address) === 6 ? "udp6" : "udp4");
    const onAbort = () => settle(() => reject(signal.reason));
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners().on("error", ignore);
      socket.close();
      finish();
    };
    signal.addEventListener("abort", onAbort);
    socket.on("error", (error) => settle(() => reject(error)));
    socket.on("message", (message) => {
      if (isReplyTo(query, message)) settle(() => resolve(message));
    });
    socket.on("connect", () => socket.send(query));
    socket.connect(server.port, server.address);
  });
}

/**
 * Asks by TCP on a connection of its own.
 * @throws Node's socket errors, the signal's reason, and an Error when the server closes without a reply or sends another.
 */
export function exchangeTcp({ server, query, signal }: ExchangeOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ port: server.port, host: server.address, noDelay: true });
    const reader = new FrameReader(maxReplyBytes);
    const onAbort = () => settle(() => reject(signal.reason));
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners().on("error", ignore);
      socket.destroy();
      finish();
    };
    const fail = (reason: string) => settle(() => reject(new Error(reason)));
    signal.addEventListener("abort", onAbort);
    socket.on("error", (error) => settle(() => reject(error)));
    socket.on("close", () => fail("the connection was closed without a reply"));
    socket.on("data", (chunk: Buffer) => {
      reader.push(chunk);
      const frame = reader.next();
      if (frame === "invalid") fail("the reply is no DNS message");
      else if (frame !== null) {
        if (isReplyTo(query, frame)) settle(() => resolve(frame));
        else fail("the reply is not to the query");
      }
    });
    socket.write(encodeFrame(query));
  });
}

/** Errors of a socket that nobody waits for any more. */
function ignore(): void {}
