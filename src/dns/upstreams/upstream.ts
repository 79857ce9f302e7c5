import { isIP } from "node:net";
import { CiloError } from "../../base/errors.ts";
import type { NameKey } from "../wire/name.ts";

/** A DNS server that foreign names are asked of. IPv6 link-local addresses carry their interface: `fe80::1%eth0`. */
export interface Upstream {
  address: string;
  port: number;
}

/** A server that was found and not taken. */
export interface LeftOutServer {
  server: string;
  reason: string;
}

/**
 * Servers that go together, as a source lists them: those of one network link, of one block, or of a whole file.
 * Nothing about them was checked yet.
 */
export interface ServerGroup {
  servers: readonly Upstream[];
  /** These and all names below them are asked of this group alone; never the root. */
  domains: readonly NameKey[];
  /**
   * Which names the group takes besides: `every` of them, so that groups that take `others` get none; those that no
   * domain takes (`others`); or `none`.
   */
  takes: "every" | "others" | "none";
}

export const defaultUpstreamPort = 53;

/** Reads "1.2.3.4", "1.2.3.4:5353", "::1", "[::1]:53", "fe80::1%eth0"; null for anything else. */
export function readUpstream(text: string): Upstream | null {
  if (isIP(text) !== 0) return { address: text, port: defaultUpstreamPort };
  const match = /^\[(?<ipv6>[^\]]+)\](?::(?<port>\d{1,5}))?$|^(?<ipv4>[\d.]+):(?<port4>\d{1,5})$/.exec(text);
  const { ipv6 = "", ipv4 = "", port, port4 } = match?.groups ?? {};
  const portNumber = Number(port ?? port4 ?? defaultUpstreamPort);
  const isAddress = isIP(ipv6) === 6 || isIP(ipv4) === 4;
  return isAddress && portNumber >= 1 && portNumber <= 65_535 ? { address: ipv6 || ipv4, port: portNumber } : null;
}

/**
 * Reads a server given by a person: "1.2.3.4", "1.2.3.4:5353", "::1", "[::1]:53", "fe80::1%eth0". The port is 53
 * unless given.
 * @throws CILO_USAGE
 */
export function parseUpstream(text: string): Upstream {
  const upstream = readUpstream(text);
  if (upstream !== null) return upstream;
  throw new CiloError("CILO_USAGE", `${JSON.stringify(text)} is not the address of a DNS server`, {
    hint: 'give an IP address, with its port if it is not 53, as in "cilo dns start --upstream 192.168.1.1" or "--upstream [fd00::1]:5353"',
  });
}

/** `192.168.1.1:53`, `[fd00::1]:53` */
export function formatUpstream({ address, port }: Upstream): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
