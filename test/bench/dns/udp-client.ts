import { createSocket } from "node:dgram";
import { once } from "node:events";
import { encodeQuery } from "./dns-message.ts";

/** Asks one server of 127.0.0.1 from one socket. */
export interface UdpClient extends Disposable {
  /**
   * Sends a query with an id of its own.
   * @returns the reply, or null when none came in time.
   */
  ask(name: string, type: number, timeoutMs?: number): Promise<Buffer | null>;
}

const defaultTimeoutMs = 2_000;

/** Opens a connected socket: replies of others never come in. */
export async function openUdpClient(port: number): Promise<UdpClient> {
  const socket = createSocket("udp4");
  const waiting = new Map<number, (reply: Buffer) => void>();
  let lastId = 0;
  // A server that is not up yet refuses; the query then counts as unanswered.
  socket.on("error", () => {});
  socket.on("message", (reply) => {
    if (reply.length >= 12) waiting.get(reply.readUInt16BE(0))?.(reply);
  });
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  return {
    ask(name, type, timeoutMs = defaultTimeoutMs) {
      lastId = (lastId + 1) & 0xffff;
      const id = lastId;
      return new Promise((resolve) => {
        const finish = (reply: Buffer | null) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(reply);
        };
        const timer = setTimeout(finish, timeoutMs, null);
        waiting.set(id, finish);
        socket.send(encodeQuery({ id, name, type }));
      });
    },
    [Symbol.dispose]: () => void socket.close(),
  };
}
