import type { NameKey } from "../wire/name.ts";
import { parentOf } from "../wire/name.ts";
import type { Upstream } from "./upstream.ts";

/**
 * Which servers are asked for which names. Never changed: other servers are another table, so that whoever keeps
 * answers of the old ones can tell.
 */
export interface UpstreamTable {
  /** For every name that no route takes; the best first. */
  readonly servers: readonly Upstream[];
  /** Servers of a domain and all below it (a VPN's own names), by the domain; the longest domain wins. */
  readonly routes: ReadonlyMap<NameKey, readonly Upstream[]>;
}

export const noUpstreams: UpstreamTable = { servers: [], routes: new Map() };

/** The servers to ask for a name. */
export function serversFor(table: UpstreamTable, name: NameKey): readonly Upstream[] {
  if (table.routes.size === 0) return table.servers;
  for (let domain = name; domain !== ""; domain = parentOf(domain)) {
    const servers = table.routes.get(domain);
    if (servers !== undefined) return servers;
  }
  return table.servers;
}
