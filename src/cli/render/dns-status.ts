import type { DaemonStatus, ForwardingStatus, ServerCounters, UpstreamHealth } from "../../control/daemon-status.ts";
import { formatEndpoint } from "../../resolver/setup-options.ts";
import { renderTable } from "./table.ts";

/** What `cilo dns status` shows. */
export function renderDaemonStatus(status: DaemonStatus): string {
  const { servers, source, leftOut, routes } = status.upstreams;
  const facts = renderTable([
    ["listening", `${formatEndpoint(status.address, status.port)} (pid ${status.pid}, since ${status.startedAt})`],
    ["clients", ["this machine", ...status.allow].join(", ")],
    ["state", `revision ${status.revision}, ${countOf(status.environments, "environment")}, serial ${status.serial}`],
    ["engine", describeEngine(status)],
    ["queries", describeQueries(status.counters)],
    ["answered", describeSources(status.counters)],
    ["cache", describeCache(status.forwarding)],
    ...describeTroubles(status.counters),
    ["upstreams", servers.length === 0 ? `none (${source})` : `${servers.join(", ")} (${source})`],
    ...routes.map((route) => ["route", `${route.domain} to ${route.servers.join(", ") || "nobody"}`]),
    ...leftOut.map(({ server, reason }) => ["left out", `${server}: ${reason}`]),
    ...(status.logQueries ? [["log", 'every query; see them with "cilo dns logs --queries"']] : []),
    ...status.warnings.map((warning) => ["warning", warning]),
  ]);
  return `${facts}${renderUpstreams(status.forwarding.upstreams)}`;
}

function describeEngine({ engine }: DaemonStatus): string {
  return engine.connected ? `following ${engine.endpoint}` : `not followed: ${engine.message ?? "unknown"}`;
}

function describeQueries({ received, results }: ServerCounters): string {
  const byCount = Object.entries(results).sort(([a, of], [b, count]) => count - of || (a < b ? -1 : 1));
  const shown = byCount.map(([result, count]) => `${count} ${result}`).join(", ");
  const total = `${received.udp + received.tcp} (${received.udp} by UDP, ${received.tcp} by TCP)`;
  return shown === "" ? total : `${total}: ${shown}`;
}

function describeSources({ local, cacheHits, stale, forwarded, inFlight }: ServerCounters): string {
  const waiting = inFlight === 0 ? [] : [`${inFlight} waiting`];
  return [
    `${local} from the zone`,
    `${cacheHits} from the cache`,
    ...(stale === 0 ? [] : [`${stale} from the cache past their time`]),
    `${forwarded} by upstreams`,
    ...waiting,
  ].join(", ");
}

function describeCache({ cache, coalesced }: ForwardingStatus): string {
  const asked = cache.hits + cache.misses;
  const ratio = asked === 0 ? "nothing asked of it yet" : `${Math.round((100 * cache.hits) / asked)} % of ${asked} hit`;
  const size = `${countOf(cache.entries, "entry", "entries")}, ${Math.ceil(cache.bytes / 1024)} KiB`;
  return [ratio, size, ...(coalesced === 0 ? [] : [`${coalesced} asked together with another`])].join(", ");
}

/** What should be 0. */
function describeTroubles({ refusedClients, dropped, faults }: ServerCounters): [string, string][] {
  const troubles = [
    ...(refusedClients === 0 ? [] : [`${refusedClients} of clients that may not ask`]),
    ...(dropped === 0 ? [] : [`${dropped} were no queries`]),
    ...(faults === 0 ? [] : [`${faults} met a fault in cilo`]),
  ];
  return troubles.length === 0 ? [] : [["not answered", troubles.join(", ")]];
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function renderUpstreams(upstreams: readonly UpstreamHealth[]): string {
  if (upstreams.length === 0) return "";
  const rows = upstreams.map(({ server, state, rttMs, queries, failures, lastFailure }) => [
    server,
    state,
    rttMs === null ? "-" : `${rttMs.toFixed(1)} ms`,
    `${queries}`,
    `${failures}`,
    lastFailure ?? "-",
  ]);
  return `\n${renderTable([["UPSTREAM", "STATE", "RTT", "QUERIES", "FAILURES", "LAST FAILURE"], ...rows])}`;
}
