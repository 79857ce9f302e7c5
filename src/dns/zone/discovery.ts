import { childOf, maxNameBytes, type NameKey, toWireName } from "../wire/name.ts";
import { recordTypes } from "../wire/protocol-numbers.ts";
import { foldedOctets } from "./name-hash.ts";
import { textRRset, toRRset } from "./rrsets.ts";
import type { RRset, ServicePorts } from "./zone-node.ts";

/** Most octets of one RRset, so that it fits a message over TCP (65,535) beside the question and an OPT record. */
const maxRRsetBytes = 64_000;
/** Octets of an SRV record besides its target: owner pointer, type, class, TTL, length, priority, weight, port. */
const srvFixedBytes = 18;
const underscore = 0x5f;
const tcpPrefix: NameKey = childOf("", "_tcp");
const servicePrefix: NameKey = childOf(tcpPrefix, "_http");

/** The names below a host that its ports make exist, the lower one first: `_http._tcp.<host>` and `_tcp.<host>`. */
export function discoveryNamesOf(host: NameKey): [NameKey, NameKey] {
  return [servicePrefix + host, tcpPrefix + host];
}

/** Where a name stands below the host whose ports would make it exist. */
export interface DiscoveryPlace {
  host: NameKey;
  /** `_http._tcp.<host>` has SRV records, `_tcp.<host>` is an empty non-terminal. */
  hasRecords: boolean;
}

/** Null for a name that no host's ports make exist. */
export function discoveryPlaceOf(name: NameKey): DiscoveryPlace | null {
  if (name.startsWith(servicePrefix)) return { host: name.slice(servicePrefix.length), hasRecords: true };
  if (name.startsWith(tcpPrefix)) return { host: name.slice(tcpPrefix.length), hasRecords: false };
  return null;
}

/**
 * Whether a name in a packet, in any case, may be one that a host's ports make exist: nearly no other begins like that.
 * @param start the name's first length octet
 */
export function startsDiscovery(packet: Uint8Array, start: number): boolean {
  const isUnderscore = packet[start + 1] === underscore;
  return isUnderscore && (startsFolded(packet, start, servicePrefix) || startsFolded(packet, start, tcpPrefix));
}

/** The ports of a service for one of its names; null when there are none, or the name is too long to have one below. */
export function portsFor(host: NameKey, ports: ServicePorts): ServicePorts | null {
  const isFitting = servicePrefix.length + host.length < maxNameBytes;
  return isFitting && ports.ports.some(isPort) ? ports : null;
}

/**
 * SRV records of a host (RFC 2782), one for each port; the lowest, which the service's URL has, is to be tried first.
 * The target is written out: that RFC forbids compression there. The highest ports are left out when not all fit a
 * message.
 */
export function serviceRecords(host: NameKey, { ports }: ServicePorts): RRset {
  const target = toWireName(host);
  const fitting = Math.floor(maxRRsetBytes / (srvFixedBytes + target.length));
  const data = [...new Set(ports.filter(isPort))]
    .sort((left, right) => left - right)
    .slice(0, fitting)
    .map((port, priority) => {
      const fields = Buffer.alloc(6);
      fields.writeUInt16BE(priority, 0);
      fields.writeUInt16BE(port, 4);
      return Buffer.concat([fields, target]);
    });
  return toRRset(recordTypes.SRV, data);
}

/** A TXT record that says what answers below an environment's domain; nothing that is not in its names and status. */
export function descriptionRRset(environment: {
  project: string;
  name: string;
  status: string;
  revision: number;
}): RRset {
  const { project, name, status, revision } = environment;
  return textRRset([`project=${project}`, `environment=${name}`, `state=${status}`, `revision=${revision}`]);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 0xffff;
}

function startsFolded(packet: Uint8Array, start: number, prefix: NameKey): boolean {
  for (let index = 0; index < prefix.length; index += 1) {
    if (foldedOctets[packet[start + index] ?? 0] !== prefix.charCodeAt(index)) return false;
  }
  return true;
}
