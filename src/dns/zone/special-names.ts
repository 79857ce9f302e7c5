import { toWireName } from "../wire/name.ts";
import { recordTypes } from "../wire/protocol-numbers.ts";
import type { Subtree } from "./name-tree.ts";
import { keyOfConstant, toAuthority, toRRset } from "./rrsets.ts";
import type { RRset } from "./zone-node.ts";

/**
 * The suffix that is local whatever else is configured (RFC 6761 section 6.2); our own name server is named below it.
 */
export const testSuffix = keyOfConstant("test");
export const testNameServer = keyOfConstant("ns.test");

/** 127.0.0.1: where names of the daemon itself lead. */
export const loopback: RRset = toRRset(recordTypes.A, [Buffer.from([127, 0, 0, 1])]);

const ipv6Loopback = Buffer.from("00000000000000000000000000000001", "hex");

/**
 * Names that have a meaning of their own on every machine and must not be asked of upstreams: localhost and invalid
 * (RFC 6761 sections 6.3 and 6.4), onion (RFC 7686), local, which belongs to multicast DNS (RFC 6762), resolver.arpa,
 * through which a client would find its way past us (RFC 9462), and the reverse names of loopback addresses (RFC 6303
 * section 4.2).
 */
export function specialSubtrees(): Subtree[] {
  const localhost = [loopback, toRRset(recordTypes.AAAA, [ipv6Loopback])];
  const toLocalhost = toRRset(recordTypes.PTR, [toWireName(keyOfConstant("localhost"))]);
  const ipv6Reverse = `1.${"0.".repeat(31)}ip6.arpa`;
  return [
    { ...subtree("localhost", "exists"), rrsets: localhost, wildcard: localhost },
    subtree("invalid", "absent"),
    subtree("onion", "absent"),
    subtree("local", "absent"),
    subtree("resolver.arpa", "exists"),
    subtree("127.in-addr.arpa", "exists"),
    { ...subtree("1.0.0.127.in-addr.arpa", "exists"), rrsets: [toLocalhost] },
    { ...subtree(ipv6Reverse, "exists"), rrsets: [toLocalhost] },
  ];
}

function subtree(name: string, self: Subtree["self"]): Subtree {
  return { authority: toAuthority(keyOfConstant(name), testNameServer), self };
}
