import { chmod } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import type { Paths } from "../base/paths.ts";
import { ControlConnection, type ControlHandlers } from "./control-connection.ts";
import { prepareSocketFiles, removeSocketFiles, toListenFailure } from "./socket-files.ts";

/** More than there are commands at a time; each takes a file descriptor from what queries need. */
const maxConnections = 512;

export interface ControlServer extends AsyncDisposable {
  /** Takes no more connections, lets what is said on the open ones out, removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens on the control socket and writes down where. Whoever calls this holds the daemon's lock, so a socket file
 * that is there is a dead daemon's.
 * @throws CILO_LISTEN_FAILED
 */
export async function startControlServer(options: ControlHandlers & { paths: Paths }): Promise<ControlServer> {
  const { paths } = options;
  const connections = new Set<ControlConnection>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new ControlConnection(socket, options);
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  server.maxConnections = maxConnections;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of connections) connection.close();
    await closed;
    await removeSocketFiles(paths);
  };
  await prepareSocketFiles(paths);
  try {
    await listen(server, paths.socket);
    await chmod(paths.socket, 0o600);
  } catch (error) {
    await close();
    throw toListenFailure(error, paths.socket);
  }
  return { close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}
