import { isIP } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import ipaddr from "ipaddr.js";

/** What `os.networkInterfaces` gives. */
export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * The one way an IP address is written in a table: RFC 5952 for IPv6, an IPv4-mapped address as the IPv4 address it
 * stands for, the unspecified address as the loopback one, which is where packets to it go. A scope stays as it is.
 * @returns null for what is no IP address.
 */
export function toCanonicalAddress(text: string): string | null {
  if (isIP(text) === 0) return null;
  const { bare, scope } = splitScope(text);
  const address = ipaddr.process(bare);
  const canonical = toReached(address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString());
  return scope === null ? canonical : `${canonical}%${scope}`;
}

/** Takes `fe80::1%eth0` apart; the scope is null without one. */
export function splitScope(address: string): { bare: string; scope: string | null } {
  const at = address.indexOf("%");
  return at === -1 ? { bare: address, scope: null } : { bare: address.slice(0, at), scope: address.slice(at + 1) };
}

/** Tells an address of fe80::/10, which means nothing without its interface. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address);
}

/** Tells whether a canonical address is one of this machine, so that what listens there runs here. */
export function isLocalAddress(address: string, interfaces: Interfaces): boolean {
  if (address === "::1" || address.startsWith("127.")) return true;
  const { bare, scope } = splitScope(address);
  return Object.entries(interfaces).some(
    ([name, infos]) => (scope === null || scope === name) && infos?.some((info) => info.address === bare),
  );
}

function toReached(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}
