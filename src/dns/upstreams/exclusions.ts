import { type Interfaces, isLinkLocal, isLocalAddress, splitScope, toCanonicalAddress } from "./address.ts";
import type { ProbeVerdict } from "./loop-probe.ts";
import type { Upstream } from "./upstream.ts";

/** A server with its address in canonical form, and what is known of where it leads. */
export interface Candidate {
  server: Upstream;
  /** Where cilo listens. */
  own: readonly Upstream[];
  /** What its source says of ports is not to be trusted. */
  omitsPorts: boolean;
  interfaces: Interfaces;
}

/** Why a server is left out whose probe came back. */
export const loopReason = "it asks cilo in turn";

/** systemd-resolved's two stubs; both forward to cilo where cilo is one of resolved's servers. */
const resolvedStubs = new Set(["127.0.0.53", "127.0.0.54"]);

/** Why a server cannot be an upstream whatever it would answer, or null. */
export function findExclusion({ server, own, omitsPorts, interfaces }: Candidate): string | null {
  const { bare, scope } = splitScope(server.address);
  if (scope !== null && /^\d+$/.test(scope)) return "no network interface has that index";
  if (scope === null && isLinkLocal(bare)) return "the interface of a link-local address is missing";
  const reaching = own.filter(({ address }) => isReachedAt(address, server.address, interfaces));
  if (reaching.some(({ port }) => port === server.port)) return "it is cilo itself";
  if (omitsPorts && reaching.length > 0) return "it is cilo itself, listed without its port";
  return null;
}

/**
 * Why a server is left out after what its probe showed, or null. A stub of systemd-resolved has to show that it does
 * not ask cilo in turn; what other servers do is seen when they do it.
 * @param isChosen a person chose it, and answers for a stub that says nothing.
 */
export function findLoop(server: Upstream, verdict: ProbeVerdict, isChosen: boolean): string | null {
  if (verdict === "loops") return loopReason;
  const mustAnswer = resolvedStubs.has(server.address) && !isChosen;
  return mustAnswer && verdict !== "answers" ? "it is systemd-resolved's stub, which may ask cilo in turn" : null;
}

/** Whether a packet sent to `address` arrives at a socket bound to `bound`. */
function isReachedAt(bound: string, address: string, interfaces: Interfaces): boolean {
  const takesAll = bound === "::" || (bound === "0.0.0.0" && !address.includes(":"));
  return takesAll ? isLocalAddress(address, interfaces) : toCanonicalAddress(bound) === address;
}
