import type { QueryTrace } from "../../control/trace.ts";
import { describeEmptyReply, renderRecords } from "./dns-reply.ts";
import { renderTable } from "./table.ts";

/** What `cilo dns query --trace` shows: which rule decides, who answered, who was asked, and the reply. */
export function renderTrace(trace: QueryTrace): string {
  const facts = renderTable([
    ["query", `${trace.name} ${trace.type} by ${trace.transport.toUpperCase()}`],
    ["rule", `${trace.rule}: ${trace.explanation}`],
    ["zone", `revision ${trace.revision}, serial ${trace.serial}`],
    ...(trace.route === null ? [] : [["route", `servers of ${trace.route}`]]),
    ["answered by", `${describeSource(trace)} in ${formatMs(trace.elapsedMs)}`],
    ["reply", describeReply(trace)],
  ]);
  return `${facts}${renderAttempts(trace)}${renderReplyRecords(trace)}`;
}

function describeSource({ source, upstream }: QueryTrace): string {
  switch (source) {
    case "zone":
      return "the zone";
    case "cache":
      return upstream === null ? "the cache" : `the cache, from ${upstream}`;
    case "stale":
      return upstream === null ? "the cache, past its time" : `the cache, past its time, from ${upstream}`;
    case "upstream":
      return upstream ?? "an upstream";
    case "server":
      return "cilo itself";
  }
}

function describeReply({ name, type, reply }: QueryTrace): string {
  if (reply === null) return "not shown: malformed or too long";
  if (reply.answers.length === 0) return describeEmptyReply(reply, { name, type });
  const flags = [
    reply.rcode,
    ...(reply.authoritative ? ["authoritative"] : []),
    ...(reply.truncated ? ["truncated"] : []),
    ...reply.extendedErrors,
  ];
  return `${flags.join(", ")}; ${reply.answers.length} ${reply.answers.length === 1 ? "record" : "records"}`;
}

function renderAttempts({ asked }: QueryTrace): string {
  if (asked.length === 0) return "";
  const rows = asked.map(({ server, transport, outcome, elapsedMs }) => [
    server,
    transport.toUpperCase(),
    formatMs(elapsedMs),
    outcome,
  ]);
  return `\n${renderTable([["ASKED", "BY", "TOOK", "OUTCOME"], ...rows])}`;
}

function renderReplyRecords({ reply }: QueryTrace): string {
  return reply === null || reply.answers.length === 0 ? "" : `\n${renderRecords(reply.answers)}`;
}

function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}
