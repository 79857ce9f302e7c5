import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { CiloError, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import {
  type AnsweredRequest,
  type ControlReply,
  type ControlResults,
  type LogsRequest,
  maxLineBytes,
  parseRequest,
  protocolVersion,
} from "../control/messages.ts";
import type { FollowHandler } from "./follow-logs.ts";
import { LineSender } from "./line-sender.ts";

/** Answers one request; what it throws becomes an error reply. */
export type ControlHandler = <R extends AnsweredRequest>(
  request: R,
) => ControlResults[R["type"]] | Promise<ControlResults[R["type"]]>;

export interface ControlHandlers {
  handle: ControlHandler;
  /** Answers requests for log lines. */
  follow: FollowHandler;
  log: Logger;
}

/** How long a connection may stay silent; one that log lines are sent on may for ever. */
const idleTimeoutMs = 30_000;
/** How long a reader may take for what is still to be said when the daemon stops. */
const lastWordTimeoutMs = 1_000;

/**
 * One connection: a reply for each line, in their order, until it asks for log lines, which are the last that is said
 * on it.
 */
export class ControlConnection {
  readonly #socket: Socket;
  readonly #handlers: ControlHandlers;
  #received = "";
  #answering: Promise<void> = Promise.resolve();
  #stopFollowing: ReturnType<FollowHandler> | null = null;

  /** @param socket of a server with `allowHalfOpen`: who says no more may still want its replies. */
  constructor(socket: Socket, handlers: ControlHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.setEncoding("utf8");
    socket.setTimeout(idleTimeoutMs, () => socket.destroy());
    socket.on("error", (error) => handlers.log.debug({ error: error.message }, "control connection failed"));
    socket.on("data", (chunk: string) => this.#take(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("close", () => this.#endFollowing(null));
  }

  /** Lets what is being said out, and hangs up. */
  close(): void {
    const socket = this.#socket;
    const timer = setTimeout(() => socket.destroy(), lastWordTimeoutMs);
    socket.on("close", () => clearTimeout(timer));
    this.#endFollowing("stopping");
    void this.#answering.then(() => socket.destroySoon());
  }

  #take(chunk: string): void {
    if (this.#stopFollowing !== null) return;
    this.#received += chunk;
    if (this.#received.length > maxLineBytes) {
      this.#socket.destroy();
      return;
    }
    // Split only where a line ends: one that comes in many bits would be gone through for each of them.
    if (!chunk.includes("\n")) return;
    const lines = this.#received.split("\n");
    this.#received = lines.pop() ?? "";
    this.#socket.pause();
    this.#answering = this.#answer(lines).then(
      () => void this.#socket.resume(),
      (error) => {
        this.#handlers.log.error({ error: messageOf(error) }, "control connection failed");
        this.#socket.destroy();
      },
    );
  }

  async #answer(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      if (!this.#socket.writable) return;
      const parsed = parseRequest(line);
      if ("problem" in parsed) {
        await this.#say(refusal("CILO_DAEMON_PROTOCOL", parsed.problem, null));
        continue;
      }
      const { request } = parsed;
      if (request.type === "logs") {
        this.#follow(request);
        return;
      }
      await this.#say(await this.#reply(request));
    }
  }

  async #reply(request: AnsweredRequest): Promise<ControlReply> {
    const { handle, log } = this.#handlers;
    try {
      return { protocol: protocolVersion, ok: true, result: await handle(request) };
    } catch (error) {
      // What the user got wrong is told to the user alone.
      if (error instanceof CiloError && error.exitCode === 2) return refusal(error.code, error.message, error.hint);
      log.error({ error: messageOf(error), request: request.type }, "control request failed");
      return error instanceof CiloError
        ? refusal(error.code, error.message, error.hint)
        : refusal("CILO_BUG", messageOf(error), null);
    }
  }

  #follow(request: LogsRequest): void {
    this.#socket.setTimeout(0);
    this.#socket.once("finish", () => this.#socket.destroy());
    // Watched from the reply on: whoever has read it may rely on that.
    this.#write({ protocol: protocolVersion, ok: true, result: {} });
    this.#stopFollowing = this.#handlers.follow(request, new LineSender(this.#socket));
  }

  /**
   * Resolves when there is room for more, and never before queries had their turn: whoever asks much at once, or reads
   * nothing of what is said, keeps only itself waiting.
   */
  async #say(reply: ControlReply): Promise<void> {
    if (this.#write(reply)) await setImmediate();
    else await untilDrained(this.#socket);
  }

  /** @returns false when the reader has not yet taken what was said before. */
  #write(reply: ControlReply): boolean {
    return !this.#socket.writable || this.#socket.write(`${JSON.stringify(reply)}\n`);
  }

  /** Whoever follows and hangs up, or is killed, is known by this alone. */
  #onEnd(): void {
    if (this.#stopFollowing === null) this.#socket.end();
    else this.#socket.destroy();
  }

  #endFollowing(reason: "stopping" | null): void {
    const stop = this.#stopFollowing;
    this.#stopFollowing = reason === null ? null : () => {};
    stop?.(reason);
  }
}

/** Also when the reader is gone, which the idle timeout sees to. */
function untilDrained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}

function refusal(code: CiloError["code"], message: string, hint: string | null): ControlReply {
  return { protocol: protocolVersion, ok: false, error: { code, message, hint } };
}
