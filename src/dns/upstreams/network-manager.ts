import { isLinkLocal, splitScope } from "./address.ts";
import { toDomainKeys } from "./domain-key.ts";
import { defaultUpstreamPort, type ServerGroup } from "./upstream.ts";

/** Terse output, one `FIELD[n]:value` a line, devices one after the other. */
export const nmcliArgs = ["-t", "-f", "GENERAL.DEVICE,IP4.DNS,IP6.DNS,IP4.DOMAIN", "dev", "show"] as const;

/**
 * Reads what nmcli prints with `nmcliArgs`. Every device's servers are for every name, and alone for the domains of
 * its network.
 */
export function parseNmcli(output: string): ServerGroup[] {
  const groups: { device: string; servers: string[]; domains: string[] }[] = [];
  for (const line of output.split(/\r?\n/)) {
    const match = /^(?<field>[A-Z0-9.]+)(?:\[\d+\])?:(?<value>.*)$/.exec(line);
    const { field = "", value = "" } = match?.groups ?? {};
    // nmcli escapes the colons and backslashes of a value in terse output.
    const plain = value.replace(/\\(.)/g, "$1").trim();
    if (field === "GENERAL.DEVICE") groups.push({ device: plain, servers: [], domains: [] });
    else if (/^IP[46]\.DNS$/.test(field)) groups.at(-1)?.servers.push(plain);
    else if (field === "IP4.DOMAIN") groups.at(-1)?.domains.push(plain);
  }
  return groups
    .filter(({ servers }) => servers.length > 0)
    .map(({ device, servers, domains }) => ({
      servers: servers.map((address) => ({ address: withDevice(address, device), port: defaultUpstreamPort })),
      domains: toDomainKeys(domains),
      takes: "others",
    }));
}

function withDevice(address: string, device: string): string {
  return isLinkLocal(address) && splitScope(address).scope === null ? `${address}%${device}` : address;
}
