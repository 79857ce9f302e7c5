import { splitScope } from "./address.ts";
import type { UpstreamEnvironment } from "./system-environment.ts";
import type { Upstream } from "./upstream.ts";

const linksFolder = "/sys/class/net";

/**
 * systemd writes the scope of a link-local address as the interface's index (`fe80::1%4`), which Node's sockets
 * refuse; the name (`fe80::1%eth0`) works everywhere. Left as it is when no interface has the index.
 */
export async function toInterfaceScope(server: Upstream, environment: UpstreamEnvironment): Promise<Upstream> {
  const { bare, scope } = splitScope(server.address);
  if (scope === null || !/^\d+$/.test(scope)) return server;
  const name = findByScopeId(Number(scope), environment) ?? (await findByIndexFile(Number(scope), environment));
  return name === null ? server : { ...server, address: `${bare}%${name}` };
}

function findByScopeId(index: number, { interfaces }: UpstreamEnvironment): string | null {
  for (const [name, addresses] of Object.entries(interfaces())) {
    if (addresses?.some((info) => info.family === "IPv6" && info.scopeid === index)) return name;
  }
  return null;
}

/** An interface whose IPv6 addresses are not ready yet is not among those Node lists. */
async function findByIndexFile(index: number, environment: UpstreamEnvironment): Promise<string | null> {
  for (const name of (await environment.listFolder(linksFolder)) ?? []) {
    const text = await environment.readFile(`${linksFolder}/${name}/ifindex`);
    if (text !== null && Number(text.trim()) === index) return name;
  }
  return null;
}
