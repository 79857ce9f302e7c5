import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import {
  type DetectedUpstreams,
  formatUpstream,
  type LeftOutServer,
  listRoutes,
  loopReason,
  noUpstreams,
  type UpstreamTable,
} from "../dns/upstreams.ts";

/** What is known of the upstreams from one look to the next. */
export interface UpstreamKnowledge {
  current(): DetectedUpstreams;
  /** @returns false when it may be but a hiccup, so that what was known stays until a later look. */
  take(found: DetectedUpstreams): boolean;
  /** The listener is called each time the table has become another. */
  onChange(listener: () => void): void;
}

export interface UpstreamKnowledgeOptions {
  clock: Clock;
  log: Logger;
  /** How long what is known is kept while looks bring nothing that could take its place, in milliseconds. */
  patienceMs: number;
}

/** Makes an empty knowledge. */
export function createUpstreamKnowledge(options: UpstreamKnowledgeOptions): UpstreamKnowledge {
  const { clock, log, patienceMs } = options;
  const listeners: (() => void)[] = [];
  let known: DetectedUpstreams = { table: noUpstreams, source: "none", leftOut: [], unread: [] };
  let isFirst = true;
  let doubtedSinceMs: number | null = null;

  return {
    current: () => known,
    take(found) {
      const nowMs = clock.monotonicMs();
      doubtedSinceMs = isDoubtful(known, found) ? (doubtedSinceMs ?? nowMs) : null;
      if (doubtedSinceMs !== null && nowMs - doubtedSinceMs < patienceMs) return false;
      doubtedSinceMs = null;
      const before = known;
      const isSame = isSameTable(before.table, found.table);
      known = isSame ? { ...found, table: before.table } : found;
      if (!isSame || isFirst) logTable(log, known);
      isFirst = false;
      logLoops(log, before.leftOut, known.leftOut);
      if (!isSame) for (const listener of listeners) listener();
      return true;
    },
    onChange: (listener) => listeners.push(listener),
  };
}

/**
 * Tells whether what a look found may be but a hiccup: a program that was too slow, a file between two writings. That
 * is, it finds nothing any more, or cannot read what could be read before. Never where a server known so far was seen
 * and left out for a reason: to go on asking that one would be wrong.
 */
export function isDoubtful(known: DetectedUpstreams, found: DetectedUpstreams): boolean {
  const servers = serversOf(known.table);
  const leftOut = new Set(found.leftOut.map(({ server }) => server));
  if (servers.length === 0 || servers.some((server) => leftOut.has(server))) return false;
  return serversOf(found.table).length === 0 || found.unread.some((source) => !known.unread.includes(source));
}

/** All servers of a table, its routes' among them, as text. */
function serversOf({ servers, routes }: UpstreamTable): string[] {
  return [servers, ...routes.values()].flat().map(formatUpstream);
}

function isSameTable(left: UpstreamTable, right: UpstreamTable): boolean {
  const toText = (table: UpstreamTable) => JSON.stringify([table.servers.map(formatUpstream), listRoutes(table)]);
  return toText(left) === toText(right);
}

function logTable(log: Logger, { table, source, leftOut }: DetectedUpstreams): void {
  const servers = table.servers.map(formatUpstream);
  if (servers.length > 0) log.info({ servers, source, routes: listRoutes(table) }, "forwarding other names");
  else log.warn({ source, leftOut, routes: listRoutes(table) }, "no upstream found: only local names will answer");
}

function logLoops(log: Logger, before: readonly LeftOutServer[], now: readonly LeftOutServer[]): void {
  for (const { server, reason } of now) {
    const isNews = !before.some((entry) => entry.server === server && entry.reason === reason);
    if (reason === loopReason && isNews) log.warn({ server }, "an upstream is not used: it asks cilo in turn");
  }
}
