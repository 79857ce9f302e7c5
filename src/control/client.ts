import { CiloError } from "../base/errors.ts";
import type { Paths } from "../base/paths.ts";
import { beginConversation, type Conversation, findPlaces, hungUp } from "./conversation.ts";
import { completeStatus } from "./daemon-status.ts";
import type { LogRecord } from "./log-records.ts";
import {
  type AnsweredRequest,
  type ControlRequest,
  type ControlResults,
  isTimeless,
  type LogsRequest,
  parseReply,
  protocolVersion,
} from "./messages.ts";

/** How long a command waits for the daemon's word. */
export const acknowledgementTimeoutMs = 5_000;

/** Speaks to the daemon of one CILO_HOME. */
export interface ControlClient {
  /**
   * Sends one request and waits for its reply.
   * @returns null when no daemon listens.
   * @throws CILO_DAEMON_NO_ACK after 5 s, CILO_DAEMON_PROTOCOL when the other end is of another version, and what the
   * daemon itself reported.
   */
  send<R extends AnsweredRequest>(request: R): Promise<ControlResults[R["type"]] | null>;
  /**
   * Asks for log lines.
   * @param signal aborted: the records end.
   * @returns the records, to be read to their end; null when no daemon listens. Reading them throws
   * CILO_DAEMON_NOT_RUNNING when the daemon is gone without a last word.
   * @throws as `send` does.
   */
  follow(request: LogsRequest, signal: AbortSignal): Promise<AsyncIterable<LogRecord> | null>;
}

/**
 * @param paths where the daemon would listen if this process started it, and where one that runs has written down where
 * it does: its environment may have been another. Neither need exist.
 */
export function createControlClient(
  paths: Pick<Paths, "socket" | "socketPointer">,
  timeoutMs = acknowledgementTimeoutMs,
): ControlClient {
  return {
    async send<R extends AnsweredRequest>(request: R) {
      const asked = await ask(paths, request, timeoutMs);
      asked?.conversation[Symbol.dispose]();
      return asked === null ? null : (asked.result as ControlResults[R["type"]]);
    },
    async follow(request, signal) {
      signal.throwIfAborted();
      const asked = await ask(paths, request, timeoutMs);
      return asked === null ? null : readRecords(asked.conversation, signal);
    },
  };
}

/** Asks the first daemon that listens; the conversation is the caller's to end. */
async function ask(
  paths: Pick<Paths, "socket" | "socketPointer">,
  request: ControlRequest,
  timeoutMs: number,
): Promise<{ conversation: Conversation; result: unknown } | null> {
  const line = JSON.stringify({ protocol: protocolVersion, request });
  for (const place of await findPlaces(paths)) {
    const conversation = await beginConversation(place, line);
    if (conversation === null) continue;
    try {
      const reply = await conversation.nextLine(timeoutMs);
      if (reply === null) throw hungUp();
      return { conversation, result: readResult(reply, request) };
    } catch (error) {
      conversation[Symbol.dispose]();
      throw error;
    }
  }
  return null;
}

function readResult(line: string, request: ControlRequest): unknown {
  const reply = parseReply(line);
  if (reply === null || (reply.protocol !== protocolVersion && !isTimeless(request))) throw otherVersion();
  if (reply.ok) {
    return request.type === "status" ? completeStatus(reply.result as ControlResults["status"]) : reply.result;
  }
  const { code, message, hint } = reply.error;
  // A daemon of the same protocol that does not know the request is older than it.
  if (code === "CILO_DAEMON_PROTOCOL") throw otherVersion(message);
  throw new CiloError(code, message, hint === null ? {} : { hint });
}

function otherVersion(problem?: string): CiloError {
  return new CiloError("CILO_DAEMON_PROTOCOL", "the running daemon is of another version of cilo", {
    hint: 'restart it: run "cilo dns stop", then "cilo dns start --detach"',
    ...(problem === undefined ? {} : { details: { problem } }),
  });
}

/** What the daemon sends is trusted as a result is. */
async function* readRecords(conversation: Conversation, signal: AbortSignal): AsyncGenerator<LogRecord> {
  const hangUp = () => conversation[Symbol.dispose]();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    for (;;) {
      const line = await conversation.nextLine(null);
      if (line === null) throw vanished();
      const record = JSON.parse(line) as LogRecord;
      yield record;
      if (record.type === "end") return;
    }
  } catch (error) {
    if (!signal.aborted)
      throw error instanceof CiloError && error.code === "CILO_DAEMON_NO_ACK" ? vanished(error) : error;
  } finally {
    signal.removeEventListener("abort", hangUp);
    hangUp();
  }
}

function vanished(cause?: unknown): CiloError {
  return new CiloError("CILO_DAEMON_NOT_RUNNING", "the DNS server is gone without a last word", {
    hint: 'run "cilo dns status" to see whether another one runs, or start it with "cilo dns start --detach"',
    cause,
  });
}
