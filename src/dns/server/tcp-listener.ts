import { once } from "node:events";
import { createServer, isIP, type Socket } from "node:net";
import type { Logger } from "../../base/log.ts";
import { createTcpConnection, type TcpConnection, type TcpConnectionOptions } from "./tcp-connection.ts";
import { createTurnShares } from "./turn-shares.ts";

export interface TcpListenerOptions {
  address: string;
  /** 0: a free one. */
  port: number;
  /** Answers a message of a client, null for no reply. Neither throws nor rejects. */
  handle: TcpConnectionOptions["handle"];
  /** Whether a client of this address is served; others are closed at once. Everyone when not given. */
  isAllowed?: (address: string) => boolean;
  /** The defaults where not given. */
  limits?: Partial<TcpLimits>;
  log: Logger;
}

export interface TcpLimits {
  /** Open at a time; beyond it the connection that has been idle longest makes room. */
  connections: number;
  /** Of a connection: idle, for one query from its first octet, with a reply unread; in milliseconds. */
  deadlineMs: number;
}

export interface TcpListener {
  readonly port: number;
  connectionCount(): number;
  /** Takes no further connection and no further query. */
  stopReading(): void;
  /** Closes connections once their replies are written, at the latest after a second. */
  close(): Promise<void>;
}

const defaultLimits: TcpLimits = {
  // Far more than a machine's own clients hold open.
  connections: 256,
  // RFC 7766 section 6.2.3 asks for a few seconds at least.
  deadlineMs: 10_000,
};
const closeTimeoutMs = 1_000;
/** Queries that are answered in one turn of the event loop, at some 10 microseconds each. */
const maxPerTurn = 128;

/**
 * Listens for queries by TCP.
 * @throws Node's socket errors (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export async function listenTcp(options: TcpListenerOptions): Promise<TcpListener> {
  const { address, port, handle, isAllowed, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  // In the order of their last activity, the oldest first.
  const connections = new Set<TcpConnection>();
  const turns = createTurnShares(maxPerTurn);
  const onConnection = (socket: Socket) => {
    // A client that is gone again has no address any more.
    if (isAllowed?.(socket.remoteAddress ?? "") === false) return void socket.destroy();
    if (connections.size >= limits.connections) closeIdlest(connections);
    if (connections.size >= limits.connections) return void socket.destroy();
    const connection: TcpConnection = createTcpConnection({
      socket,
      handle,
      deadlineMs: limits.deadlineMs,
      turns,
      onActivity: () => {
        if (connections.delete(connection)) connections.add(connection);
      },
      onClose: () => connections.delete(connection),
    });
    connections.add(connection);
  };
  // A client that has sent all its queries may close its side and still be answered (RFC 1035 section 4.2.2).
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
  server.listen({ host: address, port, exclusive: true, ipv6Only: isIP(address) === 6 });
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
