import type { EnvironmentKey } from "../../model/environment.ts";
import { formatName, type NameKey } from "../wire/name.ts";
import { claimsOf } from "./entry-list.ts";
import type { EnvironmentEntries } from "./environment-entries.ts";
import {
  type FactsByName,
  findDomain,
  isReserved,
  noFacts,
  type OwnedDomain,
  type Standing,
  settle,
} from "./name-facts.ts";
import { type Claim, compareSources, entryKinds } from "./zone-entry.ts";
import type { ZoneIndex } from "./zone-index.ts";

/** Something in the zone that its owner should know of. */
export interface ZoneWarning {
  /**
   * `hostname-taken`: several want it, the first has it; or it is in another's domain. `apex-taken`: a service is
   * called like a project. `hostname-invalid`: left out.
   */
  kind: "hostname-taken" | "apex-taken" | "hostname-invalid";
  /** One line, lower case, with the names in it. */
  message: string;
  /** Whom it concerns; the one that keeps the name first. */
  environments: EnvironmentKey[];
}

/** A claim that did not get its name, and why. */
type Conflict = { claim: Claim } & (
  | { reason: "reserved" }
  | { reason: "foreign-domain"; domain: OwnedDomain }
  | { reason: "taken"; winner: Claim }
);

/** Whether there is anything to say of a name's claims. */
export function hasConflict({ facts, claim }: Standing): boolean {
  return claimsOf(facts.entries).length > (claim === null ? 0 : 1);
}

/** All warnings of a zone: what its environments left out themselves, then what they could not get. */
export function warningsOfZone(index: ZoneIndex): ZoneWarning[] {
  const withLeftOut = [...index.leftOut.entries()].map(([, environment]) => environment);
  const conflicts = [...index.conflicts.entries()].flatMap(([name]) => conflictsAt(index.names, name));
  return [
    ...withLeftOut.sort((left, right) => compareSources(left.source, right.source)).flatMap(warnOfLeftOut),
    ...inOrder(index, conflicts).map(warnOf),
  ];
}

/**
 * The warnings that concern one environment, whether it has what another wants or wants what another has. Takes time
 * for that environment's names only.
 */
export function warningsOfEnvironment(index: ZoneIndex, environmentId: string): ZoneWarning[] {
  const environment = index.environments.get(environmentId);
  if (environment === undefined) return [];
  const { key } = environment.source;
  const names = new Set<NameKey>();
  for (const { kind, name } of environment.entries) {
    if (kind !== "domain") names.add(name);
    else for (const [hostname] of index.hostnames.get(name)?.entries() ?? []) names.add(hostname);
  }
  const conflicts = [...names]
    .filter((name) => index.conflicts.get(name) !== undefined)
    .flatMap((name) => conflictsAt(index.names, name))
    .filter((conflict) => conflict.claim.source.key === key || rivalOf(conflict) === key);
  return [...warnOfLeftOut(environment), ...inOrder(index, conflicts).map(warnOf)];
}

function conflictsAt(facts: FactsByName, name: NameKey): Conflict[] {
  const { entries } = facts.get(name) ?? noFacts;
  const winner = settle(facts, name);
  return claimsOf(entries).flatMap((claim): Conflict[] => {
    if (claim === winner) return [];
    if (isReserved(entries)) return [{ claim, reason: "reserved" }];
    const domain = claim.kind === "hostname" ? findDomain(facts, claim) : null;
    if (domain !== null && domain.owner.key !== claim.source.key) return [{ claim, reason: "foreign-domain", domain }];
    return winner === null ? [] : [{ claim, reason: "taken", winner }];
  });
}

/** By kind of claim, then the oldest environment, then as it claims them. */
function inOrder(index: ZoneIndex, conflicts: readonly Conflict[]): Conflict[] {
  const rank = ({ kind }: Claim) => entryKinds.indexOf(kind);
  const place = (claim: Claim) => index.environments.get(claim.source.id)?.entries.indexOf(claim) ?? 0;
  return conflicts.toSorted(
    ({ claim: left }, { claim: right }) =>
      rank(left) - rank(right) || compareSources(left.source, right.source) || place(left) - place(right),
  );
}

function rivalOf(conflict: Conflict): EnvironmentKey | null {
  if (conflict.reason === "reserved") return null;
  return conflict.reason === "taken" ? conflict.winner.source.key : conflict.domain.owner.key;
}

function warnOfLeftOut({ source: { key }, leftOut }: EnvironmentEntries): ZoneWarning[] {
  return leftOut.map(({ kind, text, service, reason }) => ({
    kind,
    message: `${text}, asked for by service "${service}" of ${key}, is left out: ${reason}`,
    environments: [key],
  }));
}

function warnOf(conflict: Conflict): ZoneWarning {
  const { claim, reason } = conflict;
  const text = formatName(claim.name);
  const rival = rivalOf(conflict);
  const environments = [rival, claim.source.key].filter((key) => key !== null);
  if (reason === "taken") {
    const isApex = claim.kind === "apex";
    const what = isApex ? `the name of ${claim.source.key} as a whole` : `asked for by ${claim.source.key}`;
    const message = `${text}, ${what}, answers with service "${conflict.winner.service}" of ${rival}`;
    return { kind: isApex ? "apex-taken" : "hostname-taken", message, environments };
  }
  const isReserved = reason === "reserved";
  const why = isReserved
    ? "it is the name of cilo's own server"
    : `it is in ${formatName(conflict.domain.name)}, the domain of ${rival}`;
  const message = `${text}, asked for by service "${claim.service}" of ${claim.source.key}, is left out: ${why}`;
  return { kind: isReserved ? "hostname-invalid" : "hostname-taken", message, environments };
}
