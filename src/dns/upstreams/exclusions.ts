import { isIP } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import type { Upstream } from "./upstream.ts";

export interface Candidate {
  server: Upstream;
  own: Upstream;
  /** The source that listed it. */
  source: string;
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
}

/** systemd-resolved's two stubs; both forward to cilo where cilo is one of resolved's servers. */
const resolvedStubs = new Set(["127.0.0.53", "127.0.0.54"]);
const resolvedUplinks = "/run/systemd/resolve/resolv.conf";

/** Why a server cannot be an upstream, or null. */
export function findExclusion({ server, own, source, interfaces }: Candidate): string | null {
  if (isIP(server.address) === 0) return "it is not an IP address";
  if (/%\d+$/.test(server.address)) return "no network interface has that index";
  if (server.address.startsWith("fe80:") && !server.address.includes("%"))
    return "the interface of a link-local address is missing";
  if (server.port === own.port && isReachedAt(own.address, server.address, interfaces)) return "it is cilo itself";
  // Before version 250, systemd-resolved wrote its servers there without their ports, cilo among them.
  if (source === resolvedUplinks && toReached(server.address) === toReached(own.address)) {
    return "it is cilo itself, listed without its port";
  }
  if (resolvedStubs.has(server.address)) return "it is systemd-resolved's stub, which may ask cilo in turn";
  return null;
}

/** Whether a packet sent to `address` arrives at a socket bound to `bound`. */
function isReachedAt(bound: string, address: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): boolean {
  const reached = toReached(address);
  if (bound !== "0.0.0.0" && bound !== "::") return reached === toReached(bound);
  if (reached === "::1" || reached.startsWith("127.")) return true;
  return Object.values(interfaces).some((addresses) => addresses?.some((info) => info.address === reached));
}

/** The unspecified address, as a destination, is the loopback one. */
function toReached(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}
