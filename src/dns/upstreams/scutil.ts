import { isLinkLocal, splitScope } from "./address.ts";
import { toDomainKeys } from "./domain-key.ts";
import { defaultUpstreamPort, type ServerGroup } from "./upstream.ts";

/** One `resolver #n` of macOS. */
interface ScutilResolver {
  servers: string[];
  port: number;
  /** Null: it is for every name. */
  domain: string | null;
  /** Name of the interface it belongs to. */
  device: string | null;
  isMulticast: boolean;
  isSupplemental: boolean;
}

/** The second section lists the same servers once more, by interface. */
const scopedSection = "DNS configuration (for scoped queries)";

/**
 * Reads `scutil --dns`. Resolvers without a domain are for every name, supplemental ones (a VPN's that takes all)
 * before the others; those with a domain are for its names only, also when they are called supplemental.
 */
export function parseScutil(output: string): ServerGroup[] {
  const [ours = ""] = output.split(scopedSection, 1);
  const devices = readDevices(output);
  const resolvers = ours
    .split(/^resolver #\d+\s*$/m)
    .slice(1)
    .map(parseResolver)
    .filter(({ isMulticast, servers }) => !isMulticast && servers.length > 0);
  const isFirst = ({ domain, isSupplemental }: ScutilResolver) => domain === null && isSupplemental;
  return [...resolvers.filter(isFirst), ...resolvers.filter((resolver) => !isFirst(resolver))].map((resolver) => ({
    servers: resolver.servers.map((server) => ({
      address: withDevice(server, resolver.device, devices),
      port: resolver.port,
    })),
    domains: toDomainKeys(resolver.domain === null ? [] : [resolver.domain]),
    takes: resolver.domain === null ? "others" : "none",
  }));
}

function parseResolver(block: string): ScutilResolver {
  const resolver: ScutilResolver = {
    servers: [],
    port: defaultUpstreamPort,
    domain: null,
    device: null,
    isMulticast: false,
    isSupplemental: false,
  };
  for (const line of block.split(/\r?\n/)) {
    // The first colon between blanks: IPv6 addresses have colons of their own.
    const match = /^\s*(\S.*?)\s+: (.*)$/.exec(line);
    const [key, value] = [match?.[1] ?? "", (match?.[2] ?? "").trim()];
    if (key.startsWith("nameserver[")) resolver.servers.push(value);
    else if (key === "port") resolver.port = Number(value) || resolver.port;
    else if (key === "domain") resolver.domain = value.replace(/\.$/, "") || null;
    else if (key === "if_index") resolver.device = readDevice(value)?.name ?? null;
    else if (key === "options") resolver.isMulticast = value.split(/\s+/).includes("mdns");
    else if (key === "flags") resolver.isSupplemental = /\bSupplemental\b/.test(value);
  }
  return resolver;
}

/** Interface names by index, from both sections: `if_index : 14 (en0)`. */
function readDevices(output: string): Map<string, string> {
  const devices = new Map<string, string>();
  for (const [, value = ""] of output.matchAll(/^\s*if_index\s+: (.*)$/gm)) {
    const device = readDevice(value);
    if (device !== null) devices.set(device.index, device.name);
  }
  return devices;
}

function readDevice(value: string): { index: string; name: string } | null {
  const [, index, name] = /^(\d+) \(([^)]+)\)/.exec(value) ?? [];
  return index === undefined || name === undefined ? null : { index, name };
}

function withDevice(address: string, device: string | null, devices: ReadonlyMap<string, string>): string {
  const { bare, scope } = splitScope(address);
  if (scope !== null) return `${bare}%${devices.get(scope) ?? scope}`;
  return isLinkLocal(address) && device !== null ? `${address}%${device}` : address;
}
