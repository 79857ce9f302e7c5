/** A line of the daemon's own log. */
export interface LogLine {
  type: "log";
  /** ISO 8601, UTC; null for a line that is not of the log's own form, such as a stack. */
  time: string | null;
  level: "debug" | "info" | "warn" | "error" | null;
  message: string;
  fields: Record<string, unknown>;
}

/** One query and what became of it. */
export interface QueryLine {
  type: "query";
  /** When it came: ISO 8601, UTC. */
  time: string;
  /** Address and port. */
  client: string;
  transport: "udp" | "tcp";
  /** As in zone files, in the client's case. */
  name: string;
  /** Type of record; `type` says what the line is. */
  recordType: string;
  rcode: string;
  source: "zone" | "cache" | "stale" | "upstream" | "server";
  upstream: string | null;
  elapsedMs: number;
}

/** The reader was too slow, and so many lines are missing here. */
export interface DroppedLines {
  type: "dropped";
  count: number;
}

/** Nothing follows: all that was asked for is said, or the daemon stops. */
export interface EndOfLog {
  type: "end";
  reason: "complete" | "stopping";
}

/** What follows the reply to a `logs` request, one JSON object a line. */
export type LogRecord = LogLine | QueryLine | DroppedLines | EndOfLog;

/** A record that is shown. */
export type ShownLogRecord = Exclude<LogRecord, EndOfLog>;
