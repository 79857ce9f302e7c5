import type { Logger } from "../base/log.ts";
import type { QueryLine } from "../control/log-records.ts";
import type { QueryEvent, QueryObserver } from "../dns/query-event.ts";
import { type KeptLines, keptLines, type LineListener } from "./kept-log.ts";
import { LineRing } from "./line-ring.ts";

/** Queries as they are answered. Nothing is made of one, and nothing kept, while nobody wants to know. */
export interface QueryLog extends KeptLines {
  /** What the DNS server is to tell of its queries; null while nobody watches. */
  observer(): QueryObserver | null;
}

/**
 * @param log where every query is written, and then the last ones are kept in memory as well; null: they are only shown
 * to whoever watches.
 */
export function createQueryLog(log: Logger | null): QueryLog {
  const ring = new LineRing(keptLines);
  const listeners = new Set<LineListener>();
  const observe: QueryObserver = (event) => {
    if (log !== null) {
      const { type, time, ...fields } = toQueryLine(event);
      log.info(fields, type);
      ring.push(JSON.stringify({ type, time, ...fields }));
    }
    for (const listener of listeners) listener(() => JSON.stringify(toQueryLine(event)));
  };
  return {
    observer: () => (log !== null || listeners.size > 0 ? observe : null),
    last: (count) => ring.last(count),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function toQueryLine(event: QueryEvent): QueryLine {
  const { at, client, transport, name, type: recordType, rcode, source, upstream, elapsedMs } = event;
  return {
    type: "query",
    time: new Date(at).toISOString(),
    client,
    transport,
    name,
    recordType,
    rcode,
    source,
    upstream,
    // Microseconds are as fine as the clock means it.
    elapsedMs: Math.round(elapsedMs * 1_000) / 1_000,
  };
}
