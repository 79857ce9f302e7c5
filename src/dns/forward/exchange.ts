import { createSocket, type Socket as UdpSocket } from "node:dgram";
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
 * Asks by UDP from a socket of its own: a random port (RFC 5452 section 9.2), no datagram from any other sender, and
 * ECONNREFUSED at once where nobody listens. What does not answer the query is ignored, however much of it comes.
 * @throws Node's socket errors, the signal's reason.
 */
export async function exchangeUdp({ server, query, signal }: ExchangeOptions): Promise<Buffer> {
  signal.throwIfAborted();
  const socket = createSocket(isIP(server.address) === 6 ? "udp6" : "udp4");
  return untilReply(
    signal,
    () => closeUdp(socket),
    ({ resolve, reject }) => {
      socket.on("error", reject);
      socket.on("message", (message) => {
        if (isReplyTo(query, message)) resolve(message);
      });
      socket.on("connect", () => socket.send(query));
      socket.connect(server.port, server.address);
    },
  );
}

/**
 * Asks by TCP on a connection of its own.
 * @throws Node's socket errors, the signal's reason, and an Error when the server closes without a reply or sends
 * another.
 */
export async function exchangeTcp({ server, query, signal }: ExchangeOptions): Promise<Buffer> {
  signal.throwIfAborted();
  const socket = connect({ port: server.port, host: server.address, noDelay: true });
  const reader = new FrameReader(maxReplyBytes);
  return untilReply(
    signal,
    () => socket.destroy(),
    ({ resolve, reject }) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection was closed without a reply")));
      socket.on("data", (chunk: Buffer) => {
        reader.push(chunk);
        const reply = reader.next();
        if (reply === null) return;
        if (reply !== "invalid" && isReplyTo(query, reply)) resolve(reply);
        else reject(new Error("what was received is not the reply"));
      });
      socket.write(encodeFrame(query));
    },
  );
}

/** A socket that connects while it is being closed must not send any more: that would throw. */
function closeUdp(socket: UdpSocket): void {
  socket.removeAllListeners("connect");
  socket.close();
}

interface Settling {
  resolve(reply: Buffer): void;
  reject(reason: Error): void;
}

/**
 * Settles once, with the first of reply, failure and abort, and then releases the socket. Listeners stay on it:
 * Node's own are among them, without which a socket that is still being bound would never close, and late errors have
 * to go somewhere.
 */
async function untilReply(
  signal: AbortSignal,
  release: () => void,
  start: (settling: Settling) => void,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    start({ resolve, reject });
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    release();
  }
}
