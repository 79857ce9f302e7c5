import type { LogLine, QueryLine, ShownLogRecord } from "../../control/log-records.ts";
import { toLine } from "./line.ts";

/** One line of `cilo dns logs`, with its end. */
export function renderLogRecord(record: ShownLogRecord): string {
  switch (record.type) {
    case "log":
      return `${toLine(describeLine(record))}\n`;
    case "query":
      return `${toLine(describeQuery(record))}\n`;
    case "dropped":
      return `... ${record.count} lines are missing: they came faster than they were read\n`;
  }
}

/** The same for `--json`. */
export function renderLogRecordAsJson(record: ShownLogRecord): string {
  return `${JSON.stringify({ schema: 1, ...record })}\n`;
}

function describeLine({ time, level, message, fields }: LogLine): string {
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  const words = [time, level?.padEnd(5), message, ...facts].filter((word) => word !== null && word !== undefined);
  return words.join(" ");
}

function describeQuery(query: QueryLine): string {
  const { time, client, transport, name, recordType, rcode, source, upstream, elapsedMs } = query;
  // A message that was malformed has no question.
  const question = name === "" ? "-" : `${name} ${recordType}`;
  const from = upstream === null || source === "upstream" ? (upstream ?? source) : `${source} (${upstream})`;
  return `${time} ${client} ${transport} ${question} ${rcode} ${from} ${elapsedMs.toFixed(2)} ms`;
}

function formatValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
