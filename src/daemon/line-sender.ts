import type { Writable } from "node:stream";
import type { DroppedLines } from "../control/log-records.ts";

/** How much may wait for a reader, in characters; more than all lines that are kept. */
const maxWaitingLength = 1024 * 1024;
/** Lines are gathered for so long before they are written together. */
const flushDelayMs = 20;

/**
 * Sends lines to a reader that may be slow or stand still: what does not fit into the queue is dropped, and the reader
 * is told how many lines it misses, where it misses them. Never waits.
 */
export class LineSender {
  readonly #stream: Writable;
  #waiting: string[] = [];
  #waitingLength = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("drain", () => this.#flush());
  }

  /** @param toLine makes the line, without its end; not called when there is no room for it. */
  send(toLine: () => string): void {
    if (!this.#hasRoom()) {
      this.#dropped += 1;
      return;
    }
    this.#tellOfDropped();
    this.#push(toLine());
    this.#timer ??= setTimeout(() => this.#flush(), flushDelayMs);
  }

  /** Writes what waits and a last line, and ends the stream. */
  end(lastLine: string): void {
    this.#tellOfDropped();
    this.#push(lastLine);
    this.#write();
    this.#stream.end();
  }

  #hasRoom(): boolean {
    return this.#waitingLength + this.#stream.writableLength <= maxWaitingLength;
  }

  #tellOfDropped(): void {
    if (this.#dropped === 0) return;
    this.#push(JSON.stringify({ type: "dropped", count: this.#dropped } satisfies DroppedLines));
    this.#dropped = 0;
  }

  #push(line: string): void {
    this.#waiting.push(line);
    this.#waitingLength += line.length;
  }

  /** While the reader has not taken what was written, the rest waits here. */
  #flush(): void {
    if (this.#stream.writableNeedDrain) return;
    this.#write();
    if (this.#dropped === 0 || !this.#hasRoom()) return;
    this.#tellOfDropped();
    this.#write();
  }

  #write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length > 0 && this.#stream.writable) this.#stream.write(`${this.#waiting.join("\n")}\n`);
    this.#waiting = [];
    this.#waitingLength = 0;
  }
}
