import * as v from "valibot";
import type { ListedServers } from "./upstream.ts";

/**
 * Asks systemd-resolved (246 or later) for its servers with their ports and interfaces, which no file has. D-Bus must
 * not start it: a machine may have it installed and not use it.
 */
export const resolvedPropertiesCommand = {
  file: "busctl",
  args: [
    "--auto-start=no",
    "--json=short",
    "get-property",
    "org.freedesktop.resolve1",
    "/org/freedesktop/resolve1",
    "org.freedesktop.resolve1.Manager",
    "DNSEx",
    "Domains",
  ],
} as const;

const addressFamilyIpv4 = 2;
/**
 * Servers of no link have interface 0; resolved 252 was seen to give 1, the loopback interface, for a loopback
 * server.
 */
const globalInterfaces = new Set([0, 1]);

const octet = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const serversSchema = v.object({
  type: v.literal("a(iiayqs)"),
  data: v.array(v.tuple([v.number(), v.number(), v.array(octet), v.number(), v.string()])),
});
const domainsSchema = v.object({
  type: v.literal("a(isb)"),
  data: v.array(v.tuple([v.number(), v.string(), v.boolean()])),
});

interface LinkServer {
  link: number;
  address: string;
  port: number;
}
interface LinkDomain {
  link: number;
  domain: string;
  routeOnly: boolean;
}

/** Reads what the command prints: one JSON object a line, servers and then domains. Null when it is something else. */
export function parseResolvedProperties(output: string): ListedServers | null {
  const [serversLine = "", domainsLine = ""] = output.trim().split("\n");
  const servers = v.safeParse(serversSchema, parseJson(serversLine));
  const domains = v.safeParse(domainsSchema, parseJson(domainsLine));
  if (!servers.success || !domains.success) return null;
  return chooseServers(
    servers.output.data.map(([link, family, octets, port]) => ({
      link: globalInterfaces.has(link) ? 0 : link,
      address: family === addressFamilyIpv4 ? octets.join(".") : formatIpv6(octets, link),
      port: port === 0 ? 53 : port,
    })),
    domains.output.data.map(([link, domain, routeOnly]) => ({
      link: globalInterfaces.has(link) ? 0 : link,
      domain,
      routeOnly,
    })),
  );
}

/**
 * Chooses as resolved does for a name that no domain routes: links with the domain "~." when there are any, else all
 * but those that have a route-only domain and so are not default routes (a VPN's servers for its own names).
 */
function chooseServers(servers: readonly LinkServer[], domains: readonly LinkDomain[]): ListedServers {
  const forAll = new Set(domains.filter(({ domain }) => domain === ".").map(({ link }) => link));
  const listed: ListedServers = { servers: [], leftOut: [] };
  for (const { link, address, port } of servers) {
    const own = domains.filter((domain) => domain.link === link && domain.routeOnly).map(({ domain }) => domain);
    const isDefault = forAll.size > 0 ? forAll.has(link) : link === 0 || own.length === 0;
    if (isDefault) listed.servers.push({ address, port });
    else listed.leftOut.push({ server: address, reason: describeRoute(own) });
  }
  return listed;
}

function describeRoute(domains: readonly string[]): string {
  return domains.length === 0 ? "another link takes all names" : `it serves only names under ${domains.join(", ")}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function formatIpv6(octets: readonly number[], link: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => {
    const value = (octets[index * 2] ?? 0) * 256 + (octets[index * 2 + 1] ?? 0);
    return value.toString(16);
  });
  // The URL parser writes the canonical form (RFC 5952).
  const address = new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
  return address.startsWith("fe80:") ? `${address}%${link}` : address;
}
