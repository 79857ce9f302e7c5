import { open } from "node:fs/promises";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { LogLine, QueryLine } from "../control/log-records.ts";

/** The end of the file that daemons behind a terminal write to. */
export interface LogFileTail {
  /** The oldest first. */
  records: (LogLine | QueryLine)[];
  /** When it was written to last. */
  writtenAt: Date;
}

/** How much is looked at from the end, in bytes; a log that nobody rotates may be long. */
const maxTailBytes = 1024 * 1024;

/**
 * Reads the last lines of a daemon's log file, of the kind that is asked for.
 * @returns null when there is no such file.
 * @throws CILO_PERMISSION_DENIED
 */
export async function readLogFile(
  path: string,
  { queries, tail }: { queries: boolean; tail: number },
): Promise<LogFileTail | null> {
  try {
    await using file = await open(path, "r");
    const { size, mtime } = await file.stat();
    const start = Math.max(0, size - maxTailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    // What the look begins in the middle of is no whole line.
    if (start > 0) lines.shift();
    const records = lines.filter((line) => line !== "").map(parseLogLine);
    const wanted = records.filter(({ type }) => (type === "query") === queries);
    return { records: tail === 0 ? [] : wanted.slice(-tail), writtenAt: mtime };
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    if (!hasErrorCode(error, "EACCES", "EPERM")) throw error;
    throw new CiloError("CILO_PERMISSION_DENIED", `cannot read the log ${path}: ${messageOf(error)}`, {
      hint: `run "ls -ld ${path}" to see whose it is, and cilo as that user`,
      cause: error,
    });
  }
}

/** pino's levels by their numbers. */
const levels = new Map<unknown, LogLine["level"]>([
  [20, "debug"],
  [30, "info"],
  [40, "warn"],
  [50, "error"],
  [60, "error"],
]);

/** Reads one line of the log; what is not of the log's own form (a stack, a last word) is a line all the same. */
export function parseLogLine(text: string): LogLine | QueryLine {
  const plain: LogLine = { type: "log", time: null, level: null, message: text, fields: {} };
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return plain;
  }
  if (typeof entry !== "object" || entry === null || !("msg" in entry) || !("time" in entry)) return plain;
  const { level, time, msg, pid: _, ...fields } = entry as Record<string, unknown>;
  if (msg === "query" && "recordType" in fields) {
    return { type: "query", time: String(time), ...(fields as Omit<QueryLine, "type" | "time">) };
  }
  return { type: "log", time: String(time), level: levels.get(level) ?? null, message: String(msg), fields };
}
