import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { silentLogger } from "../../../src/base/log.ts";
import { waitFor } from "../../../src/base/wait.ts";
import { listenTcp, type TcpListener, type TcpListenerOptions } from "../../../src/dns/server/tcp-listener.ts";
import { encodeFrame } from "../../../src/dns/wire/frames.ts";

/** A listener under test, and connections to it. */
export interface Listening extends AsyncDisposable {
  listener: TcpListener;
  connect(): Promise<Client>;
}

/** One connection, and what has come back on it. */
export interface Client {
  socket: Socket;
  received(): Buffer;
  /** Milliseconds from the connection's start to its end, as this side saw it. */
  closed: Promise<number>;
}

/** What clients send. */
export const query = encodeFrame(Buffer.from("a query"));

/** Listens on a free port of 127.0.0.1, with an echo in place of answers unless told otherwise. */
export async function listen(options: Partial<TcpListenerOptions> = {}): Promise<Listening> {
  const address = "127.0.0.1";
  const listener = await listenTcp({ handle: (message) => message, log: silentLogger, ...options, address, port: 0 });
  const sockets: Socket[] = [];
  return {
    listener,
    async connect() {
      const socket = connect({ port: listener.port, host: "127.0.0.1", noDelay: true });
      sockets.push(socket);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("error", () => {});
      const started = performance.now();
      const closed = new Promise<number>((resolve) => {
        socket.on("close", () => resolve(performance.now() - started));
      });
      await once(socket, "connect");
      return { socket, received: () => Buffer.concat(chunks), closed };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await listener.close();
    },
  };
}

/** Waits up to 5 seconds for a number of connections, and tells how many there are. */
export async function untilConnections({ listener }: Listening, count: number): Promise<number> {
  await waitFor(() => (listener.connectionCount() === count ? true : null), { timeoutMs: 5_000 });
  return listener.connectionCount();
}
