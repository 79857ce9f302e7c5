import type { TracedRecord, TracedReply } from "../../control/trace.ts";
import { renderTable } from "./table.ts";

/** Records as `cilo dns query` shows them, one a line. */
export function renderRecords(records: readonly TracedRecord[]): string {
  return renderTable(records.map(({ name, ttlSeconds, type, data }) => [name, `${ttlSeconds}`, type, data]));
}

/** Why there are no records, in a line. */
export function describeEmptyReply(
  { rcode, truncated, extendedErrors }: TracedReply,
  { name, type }: { name: string; type: string },
): string {
  const why = extendedErrors.length === 0 ? "" : `: ${extendedErrors.join("; ")}`;
  if (rcode === "NXDOMAIN") return `${name} does not exist (NXDOMAIN)${why}`;
  if (rcode !== "NOERROR") return `no answer for ${name} (${rcode})${why}`;
  if (truncated) return `the answer for ${name} does not fit a datagram; ask with --tcp`;
  return `${name} has no ${type} record${why}`;
}
