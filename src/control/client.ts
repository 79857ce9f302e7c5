import { connect } from "node:net";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { type ControlRequest, type ControlResults, maxLineBytes, parseReply, protocolVersion } from "./messages.ts";

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

/** @param socketPath the control socket; need not exist. */
export function createControlClient(socketPath: string, timeoutMs = acknowledgementTimeoutMs): ControlClient {
  return {
    async send<R extends ControlRequest>(request: R) {
      const line = await exchangeLine(socketPath, JSON.stringify({ protocol: protocolVersion, request }), timeoutMs);
      return line === null ? null : (readResult(line) as ControlResults[R["type"]]);
    },
  };
}

function readResult(line: string): unknown {
  const reply = parseReply(line);
  if (reply === null || reply.protocol !== protocolVersion) {
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
function exchangeLine(socketPath: string, line: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const timer = setTimeout(() => {
      reject(
        new CiloError("CILO_DAEMON_NO_ACK", `the daemon did not answer within ${timeoutMs / 1000} s`, {
          hint: 'run "cilo dns status"; if it stays silent, "cilo dns stop" and "cilo dns start --detach"',
        }),
      );
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
      if (hasErrorCode(error, "ENOENT", "ECONNREFUSED")) resolve(null);
      else if (hasErrorCode(error, "EACCES", "EPERM")) reject(refused(socketPath, error));
      else reject(hungUp(error));
    });
    socket.on("close", () => {
      clearTimeout(timer);
      reject(hungUp(undefined));
    });
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
