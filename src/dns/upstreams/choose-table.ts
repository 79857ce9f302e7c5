import { formatName, type NameKey, parentOf } from "../wire/name.ts";
import { formatUpstream, type LeftOutServer, type ServerGroup, type Upstream } from "./upstream.ts";
import { serversFor, type UpstreamTable } from "./upstream-table.ts";

/** A table, and the servers for which there is no place in it. */
export interface ChosenTable {
  table: UpstreamTable;
  leftOut: LeftOutServer[];
}

/**
 * Decides which servers are asked for which names.
 * @param groups only with servers that can be used, in the order to be asked.
 */
export function chooseTable(groups: readonly ServerGroup[]): ChosenTable {
  const usable = groups.filter(({ servers }) => servers.length > 0);
  const takesEvery = usable.filter(({ takes }) => takes === "every");
  const chosen = takesEvery.length > 0 ? takesEvery : usable.filter(({ takes }) => takes === "others");
  const servers = distinctServers(chosen.flatMap((group) => group.servers));
  const table = { servers, routes: withoutNeedless(servers, collectRoutes(usable)) };
  const placed = new Set([servers, ...collectRoutes(usable).values()].flat().map(formatUpstream));
  const leftOut = usable
    .flatMap((group) => group.servers.map((server) => ({ server: formatUpstream(server), takes: group.takes })))
    .filter(({ server }) => !placed.has(server))
    .map(({ server, takes }) => ({
      server,
      reason:
        takes === "none" ? "its link takes no names but its own, of which it has none" : "another link takes all names",
    }));
  return { table, leftOut };
}

/** The routes of a table as they are shown, sorted by domain. */
export function listRoutes({ routes }: UpstreamTable): { domain: string; servers: string[] }[] {
  return [...routes]
    .map(([domain, servers]) => ({ domain: formatName(domain), servers: servers.map(formatUpstream) }))
    .sort((left, right) => (left.domain < right.domain ? -1 : 1));
}

/** The servers without those that are there already, written as the others are. */
export function distinctServers(servers: readonly Upstream[]): Upstream[] {
  return [...new Map(servers.map((server) => [formatUpstream(server), server])).values()];
}

/** Servers by domain; several links may have the same. */
function collectRoutes(groups: readonly ServerGroup[]): Map<NameKey, Upstream[]> {
  const routes = new Map<NameKey, Upstream[]>();
  for (const { domains, servers } of groups) {
    for (const domain of domains) routes.set(domain, distinctServers([...(routes.get(domain) ?? []), ...servers]));
  }
  return routes;
}

/** Most domains are those of the one network there is, and lead where every name goes. */
function withoutNeedless(servers: readonly Upstream[], routes: Map<NameKey, Upstream[]>): Map<NameKey, Upstream[]> {
  const isNeedless = (domain: NameKey, own: readonly Upstream[]) =>
    isSame(own, serversFor({ servers, routes }, parentOf(domain)));
  return new Map([...routes].filter(([domain, own]) => !isNeedless(domain, own)));
}

function isSame(left: readonly Upstream[], right: readonly Upstream[]): boolean {
  return left.map(formatUpstream).join() === right.map(formatUpstream).join();
}
