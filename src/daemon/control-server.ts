import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { CiloError, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Paths } from "../base/paths.ts";
import {
  type ControlReply,
  type ControlRequest,
  type ControlResults,
  maxLineBytes,
  parseRequest,
  protocolVersion,
} from "../control/messages.ts";
import { prepareSocketFiles, removeSocketFiles, toListenFailure } from "./socket-files.ts";

/** Answers one request; what it throws becomes an error reply. */
export type ControlHandler = <R extends ControlRequest>(request: R) => ControlResults[R["type"]];

export interface ControlServer extends AsyncDisposable {
  /** Takes no more connections, lets what is said on the open ones out, removes the socket. */
  close(): Promise<void>;
}

/** How long a connection may stay silent. */
const idleTimeoutMs = 30_000;

/**
 * Listens on the control socket and writes down where. Whoever calls this holds the daemon's lock, so a socket file that is there is a dead daemon's.
 * @throws CILO_LISTEN_FAILED
 */
export async function startControlServer(options: {
  paths: Paths;
  handle: ControlHandler;
  log: Logger;
}): Promise<ControlServer> {
  const { paths, handle, log } = options;
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serve(socket, handle, log);
  });
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of connections) socket.destroySoon();
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

function serve(socket: Socket, handle: ControlHandler, log: Logger): void {
  let received = "";
  socket.setEncoding("utf8");
  socket.setTimeout(idleTimeoutMs, () => socket.destroy());
  socket.on("error", (error) => log.debug({ error: error.message }, "control connection failed"));
  socket.on("data", (chunk: string) => {
    received += chunk;
    if (received.length > maxLineBytes) {
      socket.destroy();
      return;
    }
    const lines = received.split("\n");
    received = lines.pop() ?? "";
    for (const line of lines) socket.write(`${JSON.stringify(reply(line, handle, log))}\n`);
  });
}

function reply(line: string, handle: ControlHandler, log: Logger): ControlReply {
  const parsed = parseRequest(line);
  if ("problem" in parsed) return refusal("CILO_DAEMON_PROTOCOL", parsed.problem, null);
  try {
    return { protocol: protocolVersion, ok: true, result: handle(parsed.request) };
  } catch (error) {
    log.error({ error: messageOf(error), request: parsed.request.type }, "control request failed");
    return error instanceof CiloError
      ? refusal(error.code, error.message, error.hint)
      : refusal("CILO_BUG", messageOf(error), null);
  }
}

function refusal(code: CiloError["code"], message: string, hint: string | null): ControlReply {
  return { protocol: protocolVersion, ok: false, error: { code, message, hint } };
}
