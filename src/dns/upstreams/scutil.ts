import type { ListedServers, Upstream } from "./upstream.ts";

/** One `resolver #n` of macOS. */
interface ScutilResolver {
  servers: string[];
  port: number;
  /** Null: it is for every name. */
  domain: string | null;
  isMulticast: boolean;
  isSupplemental: boolean;
}

/** The second section lists the same servers once more, by interface. */
const scopedSection = "DNS configuration (for scoped queries)";

/**
 * Reads `scutil --dns`. Resolvers without a domain are for every name, supplemental ones (a VPN's that takes all)
 * before the others; those with a domain are for its names only.
 */
export function parseScutil(output: string): ListedServers {
  const resolvers = output
    .slice(0, toEnd(output.indexOf(scopedSection)))
    .split(/^resolver #\d+\s*$/m)
    .slice(1)
    .map(parseResolver)
    .filter(({ isMulticast }) => !isMulticast);
  const forAll = resolvers.filter(({ domain }) => domain === null);
  const ordered = [
    ...forAll.filter(({ isSupplemental }) => isSupplemental),
    ...forAll.filter(({ isSupplemental }) => !isSupplemental),
  ];
  const leftOut = resolvers.flatMap(({ domain, servers }) =>
    domain === null ? [] : servers.map((server) => ({ server, reason: `it serves only names under ${domain}` })),
  );
  return { servers: ordered.flatMap(toUpstreams), leftOut };
}

function toEnd(index: number): number | undefined {
  return index === -1 ? undefined : index;
}

function toUpstreams({ servers, port }: ScutilResolver): Upstream[] {
  return servers.map((address) => ({ address, port }));
}

function parseResolver(block: string): ScutilResolver {
  const resolver: ScutilResolver = { servers: [], port: 53, domain: null, isMulticast: false, isSupplemental: false };
  for (const line of block.split("\n")) {
    // The first colon between blanks: IPv6 addresses have colons of their own.
    const match = /^\s*(\S.*?)\s+: (.*)$/.exec(line);
    const [key, value] = [match?.[1] ?? "", (match?.[2] ?? "").trim()];
    if (key.startsWith("nameserver[")) resolver.servers.push(value);
    else if (key === "port") resolver.port = Number(value) || resolver.port;
    else if (key === "domain") resolver.domain = value.replace(/\.$/, "");
    else if (key === "options") resolver.isMulticast = value.split(/\s+/).includes("mdns");
    else if (key === "flags") resolver.isSupplemental = /\bSupplemental\b/.test(value);
  }
  return resolver;
}
