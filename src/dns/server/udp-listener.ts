import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "../../base/log.ts";

export interface UdpListenerOptions {
  address: string;
  /** 0: a free one. */
  port: number;
  /** Answers a message with whole replies to it, now or later; null for none. Neither throws nor rejects. */
  handle: (message: Buffer, client: RemoteInfo) => Buffer | Promise<Buffer> | null;
  log: Logger;
}

export interface UdpListener {
  readonly port: number;
  /** Takes no further query; replies can still be sent. */
  stopReading(): void;
  close(): Promise<void>;
}

/** How long replies that the kernel had no room for may wait at the end, and how often to look, in milliseconds. */
const sendTimeoutMs = 1_000;
const sendPollMs = 5;

/**
 * Listens for queries by UDP.
 * @throws Node's socket errors (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export async function listenUdp({ address, port, handle, log }: UdpListenerOptions): Promise<UdpListener> {
  const socket = createSocket(toSocketOptions(address));
  try {
    const listening = once(socket, "listening");
    socket.bind({ address, port, exclusive: true });
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  let hasEnded = false;
  // A reply that cannot be sent is like one that got lost: the client asks again.
  const send = (reply: Buffer, client: RemoteInfo) => {
    if (!hasEnded) socket.send(reply, client.port, client.address);
  };
  socket.on("error", (error) => log.error({ error: error.message }, "DNS socket failed"));
  socket.on("message", (message, client) => {
    // Nothing can be sent to port 0, and only a forged datagram comes from there.
    if (client.port === 0) return;
    const reply = handle(message, client);
    if (reply instanceof Promise) reply.then((packet) => send(packet, client));
    else if (reply !== null) send(reply, client);
  });
  return {
    port: socket.address().port,
    stopReading: () => void socket.removeAllListeners("message"),
    close: async () => {
      await untilSent(socket);
      hasEnded = true;
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

function toSocketOptions(address: string): SocketOptions {
  const family = isIP(address) === 6 ? 6 : 4;
  return {
    ...(family === 6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" }),
    // Clients are addresses already. Node's own look-up would find that out as well, a turn of the event loop later.
    lookup: (host, _options, callback) => callback(null, host, family),
  };
}

/** A socket that is closed drops what waits to be sent, and tells nobody when it has been. */
async function untilSent(socket: Socket): Promise<void> {
  for (let waitedMs = 0; waitedMs < sendTimeoutMs && socket.getSendQueueCount() > 0; waitedMs += sendPollMs) {
    await setTimeout(sendPollMs);
  }
}
