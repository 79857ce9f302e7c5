import * as v from "valibot";
import { splitScope } from "./address.ts";
import { parseJson } from "./json.ts";
import type { ResolvedLink } from "./resolved-links.ts";
import { defaultUpstreamPort, readUpstream, type Upstream } from "./upstream.ts";

const serverSchema = v.object({ addressString: v.string(), port: v.optional(v.number()) });
const linkSchema = v.object({
  ifname: v.optional(v.string()),
  ifindex: v.optional(v.number()),
  delegate: v.optional(v.string()),
  defaultRoute: v.optional(v.boolean()),
  servers: v.optional(v.array(serverSchema)),
  searchDomains: v.optional(v.array(v.object({ name: v.string(), routeOnly: v.boolean() }))),
});
/** The reply of `io.systemd.Resolve.DumpDNSConfiguration`, whole or just what is in it. */
const configurationSchema = v.union([v.array(linkSchema), v.object({ configuration: v.array(linkSchema) })]);

/**
 * Reads `resolvectl --json=short status` of systemd 259 or later. Its fall-back servers, public ones that were
 * compiled in, are none of the machine's. Null for the text that earlier versions print all the same.
 */
export function parseResolvectlJson(output: string): ResolvedLink[] | null {
  const parsed = v.safeParse(configurationSchema, parseJson(output));
  if (!parsed.success) return null;
  const links = "configuration" in parsed.output ? parsed.output.configuration : parsed.output;
  return links.map((link) => ({
    kind: link.delegate !== undefined ? "delegate" : link.ifindex === undefined ? "global" : "link",
    index: link.ifindex ?? 0,
    name: link.ifname ?? null,
    servers: (link.servers ?? []).map(({ addressString, port }) => ({
      address: addressString,
      port: port || defaultUpstreamPort,
    })),
    domains: (link.searchDomains ?? []).map(({ name, routeOnly }) => ({ name, isRouteOnly: routeOnly })),
    isDefaultRoute: link.defaultRoute ?? null,
  }));
}

/** A block's heading: `Global`, `Link 6 (tun0)`, `Delegate office`. */
const headingPattern = /^(?:(?<global>Global)|Link (?<index>\d+) \((?<name>[^)]+)\)|Delegate (?<delegate>\S+))\s*$/;
/** A line that starts a list; the global block was seen without the colon. */
const listPattern = /^\s*(?<key>DNS Servers?|DNS Domains?):?(?:\s+(?<values>.*))?$/;
/** Any other line with a key; addresses never start with a capital letter. */
const keyPattern = /^\s*(?<key>[A-Z][^:]*):(?:\s+(?<value>.*))?$/;

/**
 * Reads what `resolvectl status` prints for people, for want of anything better: versions before 246 give no ports
 * over D-Bus. Lists go on over several lines. Null when there is no such block.
 */
export function parseResolvectlText(output: string): ResolvedLink[] | null {
  const links: ResolvedLink[] = [];
  let block: string[] = [];
  for (const line of [...output.split(/\r?\n/), "Global"]) {
    if (!headingPattern.test(line)) {
      block.push(line);
      continue;
    }
    const link = parseBlock(block);
    if (link !== null) links.push(link);
    block = [line];
  }
  return links.length === 0 ? null : links;
}

function parseBlock([heading = "", ...lines]: readonly string[]): ResolvedLink | null {
  const groups = headingPattern.exec(heading)?.groups;
  if (groups === undefined || lines.length === 0) return null;
  const { servers, domains, isDefaultRoute } = parseFields(lines);
  return {
    kind: groups.index !== undefined ? "link" : groups.delegate !== undefined ? "delegate" : "global",
    index: Number(groups.index ?? 0),
    name: groups.name ?? null,
    servers: servers.flatMap((text) => parseServer(text) ?? []),
    domains: domains.map((text) => ({ name: text.replace(/^~/, ""), isRouteOnly: text.startsWith("~") })),
    isDefaultRoute,
  };
}

function parseFields(lines: readonly string[]): {
  servers: string[];
  domains: string[];
  isDefaultRoute: boolean | null;
} {
  const fields = { servers: [] as string[], domains: [] as string[], isDefaultRoute: null as boolean | null };
  let list: string[] | null = null;
  for (const line of lines) {
    const start = listPattern.exec(line)?.groups;
    const other = start === undefined ? keyPattern.exec(line)?.groups : undefined;
    if (start !== undefined) list = start.key?.startsWith("DNS Server") ? fields.servers : fields.domains;
    if (other !== undefined) {
      list = null;
      fields.isDefaultRoute ??= parseDefaultRoute(other.key ?? "", other.value ?? "");
    }
    list?.push(...(start?.values ?? (start ? "" : line)).split(/\s+/).filter((word) => word !== ""));
  }
  return fields;
}

/** `Protocols: +DefaultRoute`, `Default Route: yes` (258 or later), `DefaultRoute setting: yes` (before 246). */
function parseDefaultRoute(key: string, value: string): boolean | null {
  if (key.startsWith("Default Route") || key.startsWith("DefaultRoute")) return value.trim() === "yes";
  const sign = key === "Protocols" ? /(?:^|\s)([+-])DefaultRoute\b/.exec(value)?.[1] : undefined;
  return sign === undefined ? null : sign === "+";
}

/** `address[:port][%interface][#name for TLS]` */
function parseServer(text: string): Upstream | null {
  const plain = text.replace(/#.*$/, "");
  const { bare, scope } = splitScope(plain);
  const server = readUpstream(bare);
  if (server === null) return readUpstream(plain);
  return scope === null ? server : { ...server, address: `${server.address}%${scope}` };
}
