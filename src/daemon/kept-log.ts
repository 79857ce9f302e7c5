import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { LogLine } from "../control/log-records.ts";
import { LineRing } from "./line-ring.ts";

/** Lines as JSON, of which the last are kept and new ones are handed on. */
export interface KeptLines {
  /** At most so many of the last ones, the oldest first. */
  last(count: number): string[];
  /**
   * Calls the listener for every line from now on; what it is given makes the line when called.
   * @returns what ends that.
   */
  watch(listener: LineListener): () => void;
}

/** It may be told of more than it can take, so the work of making a line is left to it. */
export type LineListener = (toLine: () => string) => void;

/** A log that is written as before, and of which the last lines are kept in memory for `cilo dns logs`. */
export interface KeptLog extends KeptLines {
  /** To be logged with. */
  log: Logger;
}

/** How much is kept in memory of one kind of lines. */
export const keptLines = { maxLines: 1_000, maxLength: 512 * 1024 } as const;
/** Longest line that is kept, in characters; of longer ones the message alone. */
const maxLineLength = 4_096;

/** Keeps what is written to a log from now on, debug lines apart. */
export function keepLog({ log, clock }: { log: Logger; clock: Clock }): KeptLog {
  const ring = new LineRing(keptLines);
  const listeners = new Set<LineListener>();
  const keep = (level: "info" | "warn" | "error") => (fields: Record<string, unknown>, message: string) => {
    log[level](fields, message);
    const line = toLine({ type: "log", time: clock.now().toISOString(), level, message, fields });
    ring.push(line);
    for (const listener of listeners) listener(() => line);
  };
  return {
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: keep("info"),
      warn: keep("warn"),
      error: keep("error"),
    },
    last: (count) => ring.last(count),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function toLine(entry: LogLine): string {
  const line = JSON.stringify(entry);
  if (line.length <= maxLineLength) return line;
  return JSON.stringify({ ...entry, message: entry.message.slice(0, maxLineLength / 2), fields: {} });
}
