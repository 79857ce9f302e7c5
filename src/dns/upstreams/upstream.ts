import { isIP } from "node:net";
import { CiloError } from "../../base/errors.ts";

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

/** Servers as one source lists them. */
export interface ListedServers {
  servers: Upstream[];
  /** Those the source itself says are not for every name. */
  leftOut: LeftOutServer[];
}

export const defaultUpstreamPort = 53;

/**
 * Reads a server given by a person: "1.2.3.4", "1.2.3.4:5353", "::1", "[::1]:53", "fe80::1%eth0". The port is 53
 * unless given.
 * @throws CILO_USAGE
 */
export function parseUpstream(text: string): Upstream {
  if (isIP(text) !== 0) return { address: text, port: defaultUpstreamPort };
  const match = /^\[(?<ipv6>[^\]]+)\](?::(?<port>\d{1,5}))?$|^(?<ipv4>[\d.]+):(?<port4>\d{1,5})$/.exec(text);
  const { ipv6 = "", ipv4 = "", port, port4 } = match?.groups ?? {};
  const portNumber = Number(port ?? port4 ?? defaultUpstreamPort);
  const isAddress = isIP(ipv6) === 6 || isIP(ipv4) === 4;
  if (isAddress && portNumber >= 1 && portNumber <= 65_535) return { address: ipv6 || ipv4, port: portNumber };
  throw new CiloError("CILO_USAGE", `${JSON.stringify(text)} is not the address of a DNS server`, {
    hint: 'give an IP address, with its port if it is not 53, as in "cilo dns start --upstream 192.168.1.1" or "--upstream [fd00::1]:5353"',
  });
}

/** `192.168.1.1:53`, `[fd00::1]:53` */
export function formatUpstream({ address, port }: Upstream): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
