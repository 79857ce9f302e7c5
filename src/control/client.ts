import { connect } from "node:net";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { Paths } from "../base/paths.ts";
import {
  type ControlRequest,
  type ControlResults,
  isTimeless,
  maxLineBytes,
  parseReply,
  protocolVersion,
} from "./messages.ts";
import { readSocketPointer } from "./socket-pointer.ts";

/** How long a command waits for the daemon's word. */
export const acknowledgementTimeoutMs = 5_000;

/** Speaks to the daemon of one CILO_HOME. */
export interface ControlClient {
  /**
   * Sends one request and waits for its reply.
   * @returns null when no daemon listens.
   * @throws CILO_DAEMON_NO_ACK after 5 s, CILO_DAEMON_PROTOCOL when the other end is of another version, and what the daemon itself reported.
   */
  send<R extends ControlRequest>(request: R): Promise<ControlResults[R["type"]] | null>;
}

/** Where a daemon may listen. */
interface Place {
  socket: string;
  /** The daemon that says it listens there. */
  pid: number | null;
}

/**
 * @param paths where the daemon would listen if this process started it, and where one that runs has written down where it does: its environment may have
 * been another. Neither need exist.
 */
export function createControlClient(
  paths: Pick<Paths, "socket" | "socketPointer">,
  timeoutMs = acknowledgementTimeoutMs,
): ControlClient {
  return {
    async send<R extends ControlRequest>(request: R) {
      const line = JSON.stringify({ protocol: protocolVersion, request });
      for (const place of await findPlaces(paths)) {
        const reply = await exchangeLine(place, line, timeoutMs);
        if (reply !== null) return readResult(reply, request) as ControlResults[R["type"]];
      }
      return null;
    },
  };
}

async function findPlaces(paths: Pick<Paths, "socket" | "socketPointer">): Promise<Place[]> {
  const pointer = await readSocketPointer(paths.socketPointer);
  const expected = { socket: paths.socket, pid: null };
  if (pointer === null) return [expected];
  return pointer.socket === paths.socket ? [pointer] : [pointer, expected];
}

function readResult(line: string, request: ControlRequest): unknown {
  const reply = parseReply(line);
  if (reply === null || (reply.protocol !== protocolVersion && !isTimeless(request))) {
    throw new CiloError("CILO_DAEMON_PROTOCOL", "the running daemon is of another version of cilo", {
      hint: 'restart it: run "cilo dns stop", then "cilo dns start --detach"',
    });
  }
  if (!reply.ok) {
    const { code, message, hint } = reply.error;
    throw new CiloError(code, message, hint === null ? {} : { hint });
  }
  return reply.result;
}

/** Sends a line and takes one back, or null when nobody listens. */
function exchangeLine(place: Place, line: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(place.socket);
    const timer = setTimeout(() => {
      reject(remainedSilent(place, timeoutMs));
      socket.destroy();
    }, timeoutMs);
    let received = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${line}\n`));
    socket.on("data", (chunk: string) => {
      received += chunk;
      const end = received.indexOf("\n");
      if (end < 0 && received.length <= maxLineBytes) return;
      resolve(received.slice(0, end < 0 ? undefined : end));
      socket.destroy();
    });
    socket.on("error", (error) => {
      // A socket file without a listener is what a killed daemon leaves behind.
      if (hasErrorCode(error, "ENOENT", "ENOTDIR", "ECONNREFUSED")) resolve(null);
      else if (hasErrorCode(error, "EACCES", "EPERM")) reject(refused(place.socket, error));
      else reject(hungUp(error));
    });
    socket.on("close", () => {
      clearTimeout(timer);
      reject(hungUp(undefined));
    });
  });
}

function remainedSilent({ socket, pid }: Place, timeoutMs: number): CiloError {
  const end =
    pid === null
      ? `find its process with "lsof ${socket}" and end it`
      : `end it with "kill ${pid}" ("kill -9 ${pid}" if it stays)`;
  return new CiloError("CILO_DAEMON_NO_ACK", `the daemon did not answer within ${timeoutMs / 1000} s`, {
    hint: `${end}, then run "cilo dns start --detach"`,
    details: { pid },
  });
}

function hungUp(cause: unknown): CiloError {
  return new CiloError("CILO_DAEMON_NO_ACK", "the daemon closed the connection without an answer", {
    hint: 'run "cilo dns status" to see whether it still runs',
    cause,
  });
}

function refused(socketPath: string, cause: unknown): CiloError {
  return new CiloError("CILO_PERMISSION_DENIED", `cannot reach the daemon at ${socketPath}: ${messageOf(cause)}`, {
    hint: "run cilo as the user that started the daemon",
    cause,
  });
}
