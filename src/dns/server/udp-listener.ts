import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import type { Logger } from "../../base/log.ts";

export interface UdpListenerOptions {
  address: string;
  /** 0: a free one. */
  port: number;
  /** Answers a message, null for no reply. Neither throws nor rejects. */
  handle: (message: Buffer) => Buffer | Promise<Buffer> | null;
  log: Logger;
}

export interface UdpListener {
  readonly port: number;
  /** Takes no further query; replies can still be sent. */
  stopReading(): void;
  close(): Promise<void>;
}

/**
 * Listens for queries by UDP.
 * @throws Node's socket errors (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export async function listenUdp({ address, port, handle, log }: UdpListenerOptions): Promise<UdpListener> {
  const socket = createSocket(isIP(address) === 6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, "listening");
  } catch (error) {
    socket.close();
    throw error;
  }
  const replies = createReplySender(socket);
  socket.on("error", (error) => log.error({ error: error.message }, "DNS socket failed"));
  socket.on("message", (message, client) => {
    // Nothing can be sent to port 0, and only a forged datagram comes from there.
    if (client.port === 0) return;
    const reply = handle(message);
    if (reply instanceof Promise) reply.then((packet) => replies.send(packet, client));
    else if (reply !== null) replies.send(reply, client);
  });
  return {
    port: socket.address().port,
    stopReading: () => void socket.removeAllListeners("message"),
    close: async () => {
      await replies.end();
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

/**
 * Sends replies until its end, which comes when the last has left: a socket that is closed earlier drops what waits.
 */
function createReplySender(socket: Socket) {
  const { promise: allSent, resolve } = Promise.withResolvers<void>();
  let sendingCount = 0;
  let hasEnded = false;
  // A reply that cannot be sent is like one that got lost: the client asks again.
  const onSent = () => {
    sendingCount -= 1;
    if (hasEnded && sendingCount === 0) resolve();
  };
  return {
    send(packet: Buffer, client: RemoteInfo): void {
      if (hasEnded) return;
      sendingCount += 1;
      socket.send(packet, client.port, client.address, onSent);
    },
    end(): Promise<void> {
      hasEnded = true;
      if (sendingCount === 0) resolve();
      return allSent;
    },
  };
}
