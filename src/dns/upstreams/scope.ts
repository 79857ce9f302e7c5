import type { NetworkInterfaceInfo } from "node:os";
import type { Upstream } from "./upstream.ts";

/**
 * systemd writes the scope of a link-local address as the interface's index (`fe80::1%4`), which Node's sockets
 * refuse; the name (`fe80::1%eth0`) works everywhere. Left as it is when no interface has the index.
 */
export function toInterfaceScope(server: Upstream, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Upstream {
  const [address = "", scope] = server.address.split("%");
  if (scope === undefined || !/^\d+$/.test(scope)) return server;
  for (const [name, addresses] of Object.entries(interfaces)) {
    const found = addresses?.some((info) => info.family === "IPv6" && info.scopeid === Number(scope));
    if (found) return { ...server, address: `${address}%${name}` };
  }
  return server;
}
