import { chmod, lstat, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { CiloError, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { makeDirectory } from "../base/make-directory.ts";
import type { Paths } from "../base/paths.ts";
import {
  type ControlReply,
  type ControlRequest,
  type ControlResults,
  maxLineBytes,
  parseRequest,
  protocolVersion,
} from "../control/messages.ts";

/** Answers one request; what it throws becomes an error reply. */
export type ControlHandler = <R extends ControlRequest>(request: R) => ControlResults[R["type"]];

export interface ControlServer {
  /** Takes no more connections, lets the open ones end, removes the socket. */
  close(): Promise<void>;
}

/** How long a connection may stay silent. */
const idleTimeoutMs = 30_000;

/**
 * Listens on the control socket. Whoever calls this holds the daemon's lock, so a socket file that is there is a dead daemon's.
 * @throws CILO_LISTEN_FAILED
 */
export async function startControlServer(options: {
  paths: Paths;
  handle: ControlHandler;
  log: Logger;
}): Promise<ControlServer> {
  const { paths, handle, log } = options;
  await prepareDirectory(paths);
  await rm(paths.socket, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serve(socket, handle, log);
  });
  await listen(server, paths.socket);
  await chmod(paths.socket, 0o600);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of connections) socket.end();
      await closed;
      await rm(paths.socket, { force: true });
      await rm(paths.socketPointer, { force: true });
    },
  };
}

/** A socket outside CILO_HOME lies in a directory that others can write to, so it gets one of its own that must be ours alone. */
async function prepareDirectory(paths: Paths): Promise<void> {
  await makeDirectory(paths.run);
  const directory = dirname(paths.socket);
  if (directory === paths.run) return;
  await makeDirectory(directory);
  const found = await lstat(directory);
  const isOurs = found.isDirectory() && found.uid === process.getuid?.();
  if (!isOurs || (found.mode & 0o022) !== 0) {
    throw new CiloError(
      "CILO_LISTEN_FAILED",
      `cannot put the control socket in ${directory}: it is not this user's alone`,
      {
        hint: "set CILO_HOME to a shorter path, so that the socket fits into it",
      },
    );
  }
  await writeFileAtomically(paths.socketPointer, `${paths.socket}\n`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new CiloError("CILO_LISTEN_FAILED", `cannot listen on the control socket ${path}: ${messageOf(cause)}`, {
          hint: `check that ${dirname(path)} is there and yours`,
          cause,
        }),
      );
    });
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
