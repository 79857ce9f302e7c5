import { isLinkLocal, splitScope } from "./address.ts";
import { toDomainKeys } from "./domain-key.ts";
import type { ServerGroup, Upstream } from "./upstream.ts";

/**
 * What systemd-resolved knows of one network link, of one delegate (258 or later), or of no link at all: its global
 * settings.
 */
export interface ResolvedLink {
  kind: "global" | "link" | "delegate";
  /** 0 where it is no link. */
  index: number;
  /** Null where it is no link, or where the source does not tell. */
  name: string | null;
  servers: readonly Upstream[];
  /** "." is every name. */
  domains: readonly { name: string; isRouteOnly: boolean }[];
  /** Whether it takes names that no domain takes; null where resolved decides by itself, or where it is not known. */
  isDefaultRoute: boolean | null;
}

/**
 * Routes names as resolved does (`man systemd-resolved.service`, "Protocols and routing"): by domain, search domains
 * among them, whatever is left to the links with "~.", else to the default routes. In the order of the links' indexes,
 * which stays the same from look to look.
 */
export function toServerGroups(links: readonly ResolvedLink[]): ServerGroup[] {
  return [...links]
    .sort((left, right) => left.index - right.index)
    .filter(({ servers }) => servers.length > 0)
    .map((link) => ({
      servers: link.servers.map((server) => withScope(server, link)),
      domains: toDomainKeys(link.domains.map(({ name }) => name)),
      takes: findTaken(link),
    }));
}

/** Whether a link is one that resolved itself decides for, by the domains it has. */
export function isUndecided(link: ResolvedLink): boolean {
  return link.kind === "link" && link.servers.length > 0 && link.isDefaultRoute === null;
}

function findTaken(link: ResolvedLink): ServerGroup["takes"] {
  if (link.domains.some(({ name }) => name === ".")) return "every";
  if (link.kind === "global") return "others";
  const isDefaultRoute = link.isDefaultRoute ?? isDefaultRouteByDomains(link);
  return isDefaultRoute ? "others" : "none";
}

/** A link with a route-only domain is a VPN's for its own names; a delegate is for its domains. */
function isDefaultRouteByDomains({ kind, domains }: ResolvedLink): boolean {
  return kind === "link" && !domains.some(({ isRouteOnly }) => isRouteOnly);
}

function withScope(server: Upstream, { index, name }: ResolvedLink): Upstream {
  if (index === 0 || !isLinkLocal(server.address) || splitScope(server.address).scope !== null) return server;
  return { ...server, address: `${server.address}%${name ?? index}` };
}
