import { connect, type Socket } from "node:net";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { Paths } from "../base/paths.ts";
import { maxLineBytes } from "./messages.ts";
import { readSocketPointer } from "./socket-pointer.ts";

/** Where a daemon may listen. */
export interface Place {
  socket: string;
  /** The daemon that says it listens there. */
  pid: number | null;
}

/** An open connection to the daemon, which is hung up on when this is disposed of. */
export interface Conversation extends Disposable {
  /**
   * The next line that the daemon says; null when it has hung up.
   * @param timeoutMs how long it may take; null: as long as the connection lasts.
   * @throws CILO_DAEMON_NO_ACK when it takes longer, and when the connection breaks.
   */
  nextLine(timeoutMs: number | null): Promise<string | null>;
}

/** Where to look for the daemon: first where one that runs has written down that it listens. */
export async function findPlaces(paths: Pick<Paths, "socket" | "socketPointer">): Promise<Place[]> {
  const pointer = await readSocketPointer(paths.socketPointer);
  const expected = { socket: paths.socket, pid: null };
  if (pointer === null) return [expected];
  return pointer.socket === paths.socket ? [pointer] : [pointer, expected];
}

/**
 * Connects and says one line.
 * @returns null when nobody listens.
 * @throws CILO_PERMISSION_DENIED, CILO_DAEMON_NO_ACK
 */
export async function beginConversation(place: Place, line: string): Promise<Conversation | null> {
  const socket = await open(place);
  if (socket === null) return null;
  const lines = readLines(socket);
  socket.write(`${line}\n`);
  return {
    async nextLine(timeoutMs) {
      const giveUp = () => socket.destroy(remainedSilent(place, timeoutMs ?? 0));
      const timer = timeoutMs === null ? undefined : setTimeout(giveUp, timeoutMs);
      try {
        const { value, done } = await lines.next();
        return done ? null : value;
      } catch (error) {
        throw error instanceof CiloError ? error : hungUp(error);
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function open(place: Place): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(place.socket);
    socket.setEncoding("utf8");
    // Stays for good: a connection may break while nobody waits for a line, and then the next wait tells.
    socket.on("error", (error) => {
      // A socket file without a listener is what a killed daemon leaves behind.
      if (hasErrorCode(error, "ENOENT", "ENOTDIR", "ECONNREFUSED")) resolve(null);
      else if (hasErrorCode(error, "EACCES", "EPERM")) reject(refused(place.socket, error));
      else reject(hungUp(error));
    });
    socket.once("connect", () => resolve(socket));
  });
}

/** Lines without their ends; one longer than any message is given as far as it has come. */
async function* readLines(socket: Socket): AsyncGenerator<string, void> {
  let received = "";
  for await (const chunk of socket) {
    received += chunk;
    if (received.length > maxLineBytes) yield received;
    const lines = received.split("\n");
    received = lines.pop() ?? "";
    yield* lines;
  }
}

/** What the user is told when the daemon hangs up before it has answered. */
export function hungUp(cause?: unknown): CiloError {
  return new CiloError("CILO_DAEMON_NO_ACK", "the daemon closed the connection without an answer", {
    hint: 'run "cilo dns status" to see whether it still runs',
    cause,
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

function refused(socketPath: string, cause: unknown): CiloError {
  return new CiloError("CILO_PERMISSION_DENIED", `cannot reach the daemon at ${socketPath}: ${messageOf(cause)}`, {
    hint: "run cilo as the user that started the daemon",
    cause,
  });
}
