import type { EnvironmentKey } from "../../model/environment.ts";
import { childOf, maxNameBytes, type NameKey, parentOf, toWireName } from "../wire/name.ts";
import { recordTypes } from "../wire/protocol-numbers.ts";
import { toRRset } from "./rrsets.ts";
import type { RRset } from "./zone-node.ts";

/** Most octets of one RRset, so that it fits a message over TCP (65,535) beside the question and an OPT record. */
const maxRRsetBytes = 64_000;
/** Octets of an SRV record besides its target: owner pointer, type, class, TTL, length, priority, weight, port. */
const srvFixedBytes = 18;
/** Octets of a character string (RFC 1035 section 3.3). */
const maxStringBytes = 255;
const httpLabel = "_http";
const tcpLabel = "_tcp";
const servicePrefix = childOf(childOf("", tcpLabel), httpLabel);

/** The name of a host's web services, `_http._tcp.web.login.test`; null when it would be too long for a name. */
export function discoveryNameOf(host: NameKey): NameKey | null {
  const name = servicePrefix + host;
  return name.length < maxNameBytes ? name : null;
}

/** The host that a name like `_http._tcp.web.login.test` is of; null for any other name. */
export function hostOfDiscoveryName(name: NameKey): NameKey | null {
  return name.startsWith(servicePrefix) ? parentOf(parentOf(name)) : null;
}

/**
 * SRV records of a host (RFC 2782), one for each port; the lowest, which the service's URL has, is to be tried first.
 * The target is written out: that RFC forbids compression there.
 * @param ports TCP ports in any order; what is no port is left out, as are the highest when they do not fit a message.
 * @returns null when no port is left.
 */
export function discoveryRRset(
  host: NameKey,
  ports: readonly number[],
  owner: { service: string; environment: EnvironmentKey },
): RRset | null {
  const target = toWireName(host);
  const distinct = [...new Set(ports)].filter((port) => Number.isInteger(port) && port > 0 && port <= 0xffff);
  const fitting = Math.floor(maxRRsetBytes / (srvFixedBytes + target.length));
  const data = distinct
    .sort((left, right) => left - right)
    .slice(0, fitting)
    .map((port, priority) => {
      const fields = Buffer.alloc(6);
      fields.writeUInt16BE(priority, 0);
      fields.writeUInt16BE(port, 4);
      return Buffer.concat([fields, target]);
    });
  if (data.length === 0) return null;
  const text = `ports of service "${owner.service}" of ${owner.environment}`;
  return toRRset(recordTypes.SRV, data, { kind: "discovery", text });
}

/** A TXT record that says what answers below an environment's domain; nothing that is not in its names and status. */
export function descriptionRRset(
  environment: { project: string; name: string; status: string; revision: number },
  key: EnvironmentKey,
): RRset {
  const { project, name, status, revision } = environment;
  const strings = [`project=${project}`, `environment=${name}`, `state=${status}`, `revision=${revision}`];
  const data = Buffer.concat(strings.map(toCharacterString));
  return toRRset(recordTypes.TXT, [data], { kind: "discovery", text: `description of ${key}` });
}

function toCharacterString(text: string): Buffer {
  const octets = Buffer.from(text).subarray(0, maxStringBytes);
  return Buffer.concat([Buffer.of(octets.length), octets]);
}
