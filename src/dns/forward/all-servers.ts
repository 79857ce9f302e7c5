import { formatUpstream, type Upstream } from "../upstreams/upstream.ts";
import type { UpstreamTable } from "../upstreams/upstream-table.ts";

/** Every server of a table once, those of no route first. */
export function allServers({ servers, routes }: UpstreamTable): Upstream[] {
  const listed = [servers, ...routes.values()].flat();
  return [...new Map(listed.map((server) => [formatUpstream(server), server])).values()];
}
