import type { Socket } from "node:net";
import { encodeFrame, FrameReader } from "../wire/frames.ts";
import { maxQueryBytes } from "../wire/query.ts";
import type { TurnShares } from "./turn-shares.ts";

export interface TcpConnectionOptions {
  socket: Socket;
  /**
   * Answers a message, null for no reply. Neither throws nor rejects, and lets only so many wait: what is asked after
   * one that waits is handled at once.
   */
  handle: (message: Buffer, client: TcpClient) => Buffer | Promise<Buffer> | null;
  /** A query was read or a reply written. */
  onActivity: () => void;
  onClose: () => void;
  /**
   * How long a connection may be idle, take for one query from its first octet, or leave a reply unread, in
   * milliseconds.
   */
  deadlineMs: number;
  /** Shared with all other connections. */
  turns: TurnShares;
}

export interface TcpClient {
  address: string;
  port: number;
}

export interface TcpConnection {
  /** Whether a query waits for its reply. */
  isAnswering(): boolean;
  stopReading(): void;
  /** Closes it when what it was asked is answered, at the latest after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
  destroy(): void;
}

/** Queries of one connection that are answered before those of the others that wait. */
const maxInRow = 16;
/**
 * Octets of replies that wait for a client to read, besides what the kernel keeps. Replies that upstreams took their
 * time for may still come for a client that reads nothing.
 */
const maxUnreadBytes = 4 * 1024 * 1024;

/**
 * Serves one client: any number of queries, answered as each is ready. A length over the limit closes the connection
 * at once, which is also what a TLS hello (16 03) and HTTP ("GE", "PO") look like: a resolver that tries encryption
 * first then goes on without delay. While the client does not take its replies, no further query of it is read, and
 * it is cut off at the deadline, or when too much waits for it.
 */
export function createTcpConnection(options: TcpConnectionOptions): TcpConnection {
  const { socket, handle, onActivity, onClose, deadlineMs, turns } = options;
  const reader = new FrameReader(maxQueryBytes);
  const client: TcpClient = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  let inFlight = 0;
  /** The client has sent all it will. */
  let hasEnded = false;
  let isStopped = false;
  const timer = setTimeout(destroy, deadlineMs);
  let isTimingQuery = false;

  function destroy(): void {
    socket.destroy();
  }

  /** One timer: for a query that is not whole it runs from the first octet, else from the last activity. */
  function restartDeadline(): void {
    if (isTimingQuery && reader.isPartial) return;
    isTimingQuery = reader.isPartial;
    timer.refresh();
  }

  function readQueries(): void {
    socket.cork();
    const { count, rest } = answerSome();
    if (rest === "invalid") {
      destroy();
      return;
    }
    socket.uncork();
    if (count > 0) onActivity();
    restartDeadline();
    if (isStopped || (hasEnded && rest === "none")) {
      if (inFlight === 0) socket.end();
    } else if (rest === "none") {
      socket.resume();
    } else {
      // What is not read stays with the sender. A drained socket goes on by itself.
      socket.pause();
      if (!socket.writableNeedDrain) turns.wait(goOn);
    }
  }

  /** @returns how many were answered or wait for their answer, and whether there may be more. */
  function answerSome(): { count: number; rest: "none" | "more" | "invalid" } {
    for (let count = 0; ; count += 1) {
      if (isStopped || count === maxInRow || socket.writableNeedDrain || !turns.take()) return { count, rest: "more" };
      const message = reader.next();
      if (message === "invalid") return { count, rest: "invalid" };
      if (message === null) return { count, rest: "none" };
      isTimingQuery = false;
      answerQuery(message);
    }
  }

  function answerQuery(message: Buffer): void {
    const reply = handle(message, client);
    if (reply === null) return;
    if (!(reply instanceof Promise)) return void socket.write(encodeFrame(reply));
    inFlight += 1;
    reply.then((packet) => {
      inFlight -= 1;
      if (socket.destroyed) return;
      socket.write(encodeFrame(packet));
      onActivity();
      if (socket.writableLength > maxUnreadBytes) destroy();
      else goOn();
    });
  }

  function goOn(): void {
    if (!socket.destroyed) readQueries();
  }

  socket.on("data", (chunk: Buffer) => {
    // Kept, what comes while the connection is being closed would only grow.
    if (isStopped) return;
    reader.push(chunk);
    readQueries();
  });
  socket.on("drain", goOn);
  socket.on("end", () => {
    hasEnded = true;
    readQueries();
  });
  socket.on("error", destroy);
  socket.on("close", () => {
    clearTimeout(timer);
    onClose();
  });

  return {
    isAnswering: () => inFlight > 0,
    stopReading: () => {
      isStopped = true;
      socket.pause();
      readQueries();
    },
    close: (timeoutMs) => closeSocket(socket, timeoutMs),
    destroy,
  };
}

function closeSocket(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.end();
    // Octets that nobody reads would keep the end of the stream from being seen.
    socket.resume();
  });
}
