import pino from "pino";

/** What the daemon writes its log with. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Makes a logger that writes one JSON object a line to a file descriptor (2, stderr, by default), at once, so that the last words of
 * a process that dies are there to read.
 */
export function createLogger(level: LogLevel, fileDescriptor = 2): Logger {
  return pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: fileDescriptor, sync: true }),
  );
}

/** A logger that says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
