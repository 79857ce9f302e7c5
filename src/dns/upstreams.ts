import { findExclusion } from "./upstreams/exclusions.ts";
import { parseResolvConf } from "./upstreams/resolv-conf.ts";
import { parseResolvedProperties, resolvedPropertiesCommand } from "./upstreams/resolved.ts";
import { toInterfaceScope } from "./upstreams/scope.ts";
import { parseScutil } from "./upstreams/scutil.ts";
import type { UpstreamEnvironment } from "./upstreams/system-environment.ts";
import { formatUpstream, type LeftOutServer, type ListedServers, type Upstream } from "./upstreams/upstream.ts";

export { systemUpstreamEnvironment, type UpstreamEnvironment } from "./upstreams/system-environment.ts";
export { formatUpstream, parseUpstream, type Upstream } from "./upstreams/upstream.ts";

export interface UpstreamReport {
  /** In the order to be asked; empty when the system has none that could be used. */
  upstreams: Upstream[];
  /** Where they are from: a path or a command; "none" when nothing was found. */
  source: string;
  leftOut: LeftOutServer[];
}

interface UpstreamSource {
  name: string;
  read(environment: UpstreamEnvironment): Promise<ListedServers | null>;
}

/**
 * The first that lists a usable server is taken; /etc/resolv.conf is last because it often names only a stub that
 * asks cilo.
 */
const linuxSources: readonly UpstreamSource[] = [
  {
    name: "systemd-resolved (D-Bus)",
    read: async ({ run }) => {
      const output = await run(resolvedPropertiesCommand.file, [...resolvedPropertiesCommand.args]);
      return output === null ? null : parseResolvedProperties(output);
    },
  },
  fileSource("/run/systemd/resolve/resolv.conf"),
  fileSource("/run/NetworkManager/no-stub-resolv.conf"),
  fileSource("/run/NetworkManager/resolv.conf"),
  fileSource("/run/dnsmasq/resolv.conf"),
  {
    name: "resolvconf -l",
    read: async ({ run }) => toListed(await run("resolvconf", ["-l"])),
  },
  fileSource("/etc/resolv.conf"),
];

const macSources: readonly UpstreamSource[] = [
  {
    name: "scutil --dns",
    read: async ({ run }) => {
      const output = await run("scutil", ["--dns"]);
      return output === null ? null : parseScutil(output);
    },
  },
  fileSource("/etc/resolv.conf"),
];

/**
 * Finds the servers the machine itself uses. There is no public fall-back: where nothing is found, the report is
 * empty and says what was left out.
 * @param own where cilo listens; servers that are cilo itself, or a stub that may ask it, are left out.
 */
export async function detectUpstreams(environment: UpstreamEnvironment, own: Upstream): Promise<UpstreamReport> {
  const leftOut: LeftOutServer[] = [];
  for (const source of environment.platform === "darwin" ? macSources : linuxSources) {
    const listed = await source.read(environment);
    if (listed === null) continue;
    leftOut.push(...listed.leftOut);
    const upstreams: Upstream[] = [];
    for (const server of listed.servers.map((listedServer) =>
      toInterfaceScope(listedServer, environment.interfaces()),
    )) {
      const reason = findExclusion({ server, own, source: source.name, interfaces: environment.interfaces() });
      if (reason !== null) leftOut.push({ server: formatUpstream(server), reason });
      else if (!upstreams.some((known) => isSame(known, server))) upstreams.push(server);
    }
    if (upstreams.length > 0) return { upstreams, source: source.name, leftOut: distinct(leftOut) };
  }
  return { upstreams: [], source: "none", leftOut: distinct(leftOut) };
}

function fileSource(path: string): UpstreamSource {
  return { name: path, read: async ({ readFile }) => toListed(await readFile(path)) };
}

function toListed(text: string | null): ListedServers | null {
  return text === null ? null : { servers: parseResolvConf(text), leftOut: [] };
}

function isSame(left: Upstream, right: Upstream): boolean {
  return left.address === right.address && left.port === right.port;
}

function distinct(leftOut: LeftOutServer[]): LeftOutServer[] {
  return [...new Map(leftOut.map((entry) => [`${entry.server} ${entry.reason}`, entry])).values()];
}
