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
 * How many datagrams that answer something else one socket takes. A server sends none; whoever forges replies has to
 * send thousands to guess an id.
 */
const maxStrayReplies = 20;

/**
 * Asks by UDP from a socket of its own: a random port (RFC 5452 section 9.2), no datagram from any other sender, and
 * ECONNREFUSED at once where nobody listens. What does not answer the query is ignored.
 * @returns the reply; "distrusted" when so much came that does not answer the query that somebody seems to be guessing
 * ids, and the question should be asked by TCP.
 * @throws Node's socket errors, the signal's reason.
 */
export async function exchangeUdp({ server, query, signal }: ExchangeOptions): Promise<Buffer | "distrusted"> {
  signal.throwIfAborted();
  const socket = createSocket(isIP(server.address) === 6 ? "udp6" : "udp4");
  return untilReply<Buffer | "distrusted">(
    signal,
    () => closeUdp(socket),
    ({ resolve, reject }) => {
      let strayReplies = 0;
      socket.on("error", reject);
      socket.on("message", (message) => {
        if (isReplyTo(query, message)) resolve(message);
        else if (++strayReplies > maxStrayReplies) resolve("distrusted");
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
  return untilReply<Buffer>(
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

interface Settling<Reply> {
  resolve(reply: Reply): void;
  reject(reason: Error): void;
}

/**
 * Settles once, with the first of reply, failure and abort, and then releases the socket. Listeners stay on it:
 * Node's own are among them, without which a socket that is still being bound would never close, and late errors have
 * to go somewhere.
 */
async function untilReply<Reply>(
  signal: AbortSignal,
  release: () => void,
  start: (settling: Settling<Reply>) => void,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
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
