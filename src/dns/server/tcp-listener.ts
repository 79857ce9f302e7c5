import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Logger } from "../../base/log.ts";
import { createTcpConnection, type TcpConnection, type TcpConnectionOptions } from "./tcp-connection.ts";

export interface TcpListenerOptions {
  address: string;
  /** 0: a free one. */
  port: number;
  handle: TcpConnectionOptions["handle"];
  log: Logger;
}

export interface TcpListener {
  readonly port: number;
  connectionCount(): number;
  /** Takes no further connection and no further query. */
  stopReading(): void;
  /** Closes connections once their replies are written, at the latest after a second. */
  close(): Promise<void>;
}

/** Far more than a machine's own clients hold open; beyond it the connection that has been idle longest makes room. */
const maxConnections = 256;
const closeTimeoutMs = 1_000;

/**
 * Listens for queries by TCP.
 * @throws Node's socket errors (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export async function listenTcp({ address, port, handle, log }: TcpListenerOptions): Promise<TcpListener> {
  // In the order of their last activity, the oldest first.
  const connections = new Set<TcpConnection>();
  const onConnection = (socket: Socket) => {
    if (connections.size >= maxConnections) closeIdlest(connections);
    if (connections.size >= maxConnections) return void socket.destroy();
    const connection: TcpConnection = createTcpConnection({
      socket,
      handle,
      onActivity: () => {
        if (connections.delete(connection)) connections.add(connection);
      },
      onClose: () => connections.delete(connection),
    });
    connections.add(connection);
  };
  // A client that has sent all its queries may close its side and still be answered (RFC 7766 section 6.2.4).
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
  server.listen({ host: address, port, exclusive: true });
  await once(server, "listening");
  server.on("error", (error) => log.error({ error: error.message }, "DNS listener failed"));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    connectionCount: () => connections.size,
    stopReading: () => {
      server.close();
      for (const connection of connections) connection.stopReading();
    },
    close: async () => {
      server.close();
      await Promise.all([...connections].map((connection) => connection.close(closeTimeoutMs)));
    },
  };
}

function closeIdlest(connections: Set<TcpConnection>): void {
  for (const connection of connections) {
    if (connection.isAnswering()) continue;
    connections.delete(connection);
    connection.destroy();
    return;
  }
}
