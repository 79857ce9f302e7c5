import { type NameKey, toNameKey } from "../wire/name.ts";
import { recordTypes } from "../wire/protocol-numbers.ts";
import { isSuffix, keyOfConstant, nameRRset, nameServerOf, toAuthority, toRRset } from "./rrsets.ts";
import type { AnchorEntry, EntrySource, ZoneEntry } from "./zone-entry.ts";
import type { Authority } from "./zone-node.ts";

/** What the zone has without any environment. */
export interface Installation {
  /** Its suffix; local like every environment's own suffix and `test`. */
  suffix: string;
  /** CIDR whose reverse names are answered here and nowhere else. */
  baseSubnet: string;
}

/** The suffix that is local whatever else is configured (RFC 6761 section 6.2). */
const testSuffix = keyOfConstant("test");
/** The daemon's own name where no suffix gives it another. */
const testNameServer = nameServerOf(testSuffix);
const installation: EntrySource = { id: "", key: null, createdAt: "" };

const ipv4Loopback = Buffer.from([127, 0, 0, 1]);
const ipv6Loopback = Buffer.from("00000000000000000000000000000001", "hex");
/** Where names of the daemon itself lead. */
const serverAddress = toRRset(recordTypes.A, [ipv4Loopback]);

/** The authority of a name that nothing local encloses. */
export function ownAuthority(apex: NameKey): Authority {
  return toAuthority(apex, testNameServer);
}

/** The suffixes that are local without an environment of theirs. */
export function installationSuffixes({ suffix }: Installation): NameKey[] {
  const key = toNameKey(suffix);
  return key === null || !isSuffix(key) || key === testSuffix ? [testSuffix] : [testSuffix, key];
}

/** A suffix and its name server. */
export function suffixEntries(suffix: NameKey): ZoneEntry[] {
  const nameServer = nameServerOf(suffix);
  const rrsets = [nameRRset(recordTypes.NS, nameServer)];
  return [
    { ...anchor("suffix", suffix), authority: toAuthority(suffix, nameServer), rrsets },
    { kind: "server", name: nameServer, source: installation, service: null, rrset: serverAddress },
  ];
}

/** Addresses below an apex of in-addr.arpa. */
export function reverseEntry(apex: NameKey): AnchorEntry {
  return { ...anchor("reverse", apex), rrsets: [nameRRset(recordTypes.NS, testNameServer)] };
}

/**
 * Names that have a meaning of their own on every machine and must not be asked of upstreams: localhost and invalid
 * (RFC 6761 sections 6.3 and 6.4), onion (RFC 7686), local, which belongs to multicast DNS (RFC 6762), resolver.arpa,
 * through which a client would find its way past us (RFC 9462), and the reverse names of loopback addresses (RFC 6303
 * sections 4.2 and 4.3).
 */
export function specialEntries(): AnchorEntry[] {
  const localhost = [toRRset(recordTypes.A, [ipv4Loopback]), toRRset(recordTypes.AAAA, [ipv6Loopback])];
  const pointer = {
    purpose: "loopback address (RFC 6303)",
    rrsets: [nameRRset(recordTypes.PTR, keyOfConstant("localhost"))],
  };
  const special = (name: string) => anchor("special", keyOfConstant(name));
  return [
    { ...special("localhost"), purpose: "localhost (RFC 6761)", rrsets: localhost, wildcard: localhost },
    { ...special("invalid"), exists: false },
    { ...special("onion"), exists: false },
    { ...special("local"), exists: false },
    special("resolver.arpa"),
    special("127.in-addr.arpa"),
    { ...special("1.0.0.127.in-addr.arpa"), ...pointer },
    { ...special(`1.${"0.".repeat(31)}ip6.arpa`), ...pointer },
  ];
}

function anchor(kind: AnchorEntry["kind"], name: NameKey): AnchorEntry {
  const authority = ownAuthority(name);
  return { kind, name, source: installation, authority, exists: true, purpose: "", rrsets: [], wildcard: null };
}
