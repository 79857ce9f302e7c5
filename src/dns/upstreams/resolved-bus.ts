import ipaddr from "ipaddr.js";
import * as v from "valibot";
import { parseJson } from "./json.ts";
import { isUndecided, type ResolvedLink } from "./resolved-links.ts";
import type { UpstreamEnvironment } from "./system-environment.ts";
import { defaultUpstreamPort } from "./upstream.ts";

/** D-Bus must not start resolved: a machine may have it installed and not use it. */
const getProperty = ["--auto-start=no", "--json=short", "get-property", "org.freedesktop.resolve1"];

/**
 * Servers of no link have interface 0; resolved 252 was seen to give 1, the loopback interface, for a loopback
 * server.
 */
const globalInterfaces = new Set([0, 1]);

const octet = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const octets = v.union([v.pipe(v.array(octet), v.length(4)), v.pipe(v.array(octet), v.length(16))]);
/** Interface, address family, address, port (0: the usual one), name for TLS. */
const serversSchema = v.object({
  type: v.literal("a(iiayqs)"),
  data: v.array(v.tuple([v.number(), v.number(), octets, v.number(), v.string()])),
});
/** Interface, domain, whether it is for routing only. */
const domainsSchema = v.object({
  type: v.literal("a(isb)"),
  data: v.array(v.tuple([v.number(), v.string(), v.boolean()])),
});
const booleanSchema = v.object({ type: v.literal("b"), data: v.boolean() });

/**
 * Asks systemd-resolved (246 or later) over D-Bus, which tells ports and interfaces to everybody. Null when it does not
 * answer.
 */
export async function askResolvedOverBus(environment: UpstreamEnvironment): Promise<ResolvedLink[] | null> {
  const manager = ["/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager", "DNSEx", "Domains"];
  const output = await environment.run("busctl", [...getProperty, ...manager]);
  const links = output === null ? null : parseResolvedProperties(output);
  // Of one link alone nothing depends on whether it is a default route.
  if (links === null || links.filter(isUndecided).length < 2) return links;
  return Promise.all(links.map((link) => (isUndecided(link) ? withDefaultRoute(link, environment) : link)));
}

async function withDefaultRoute(link: ResolvedLink, environment: UpstreamEnvironment): Promise<ResolvedLink> {
  const property = [toLinkPath(link.index), "org.freedesktop.resolve1.Link", "DefaultRoute"];
  const output = await environment.run("busctl", [...getProperty, ...property]);
  const parsed = v.safeParse(booleanSchema, parseJson(output ?? ""));
  return parsed.success ? { ...link, isDefaultRoute: parsed.output.data } : link;
}

/** In an object path a leading digit is escaped by its code: link 14 is `_314`. */
function toLinkPath(index: number): string {
  const [first = "", ...rest] = String(index);
  return `/org/freedesktop/resolve1/link/_${first.charCodeAt(0).toString(16)}${rest.join("")}`;
}

/** Reads what busctl prints: one JSON object a line, servers and then domains. Null when it is something else. */
function parseResolvedProperties(output: string): ResolvedLink[] | null {
  const [serversLine = "", domainsLine = ""] = output.trim().split("\n");
  const servers = v.safeParse(serversSchema, parseJson(serversLine));
  const domains = v.safeParse(domainsSchema, parseJson(domainsLine));
  if (!servers.success || !domains.success) return null;
  const indexes = new Set([...servers.output.data, ...domains.output.data].map(([index]) => toIndex(index)));
  return [...indexes].map((index) => ({
    kind: index === 0 ? "global" : "link",
    index,
    name: null,
    servers: servers.output.data
      .filter(([link]) => toIndex(link) === index)
      .map(([, , address, port]) => ({
        address: ipaddr.fromByteArray(address).toString(),
        port: port === 0 ? defaultUpstreamPort : port,
      })),
    domains: domains.output.data
      .filter(([link]) => toIndex(link) === index)
      .map(([, name, isRouteOnly]) => ({ name, isRouteOnly })),
    isDefaultRoute: null,
  }));
}

function toIndex(link: number): number {
  return globalInterfaces.has(link) ? 0 : link;
}
