import type { EnvironmentKey } from "../../model/environment.ts";
import { formatName, type NameKey, parentOf } from "../wire/name.ts";
import { type Claim, claimKinds, type EnvironmentRecords, ownerNameOf } from "./environment-records.ts";

/** Something in the zone that its owner should know of. */
export interface ZoneWarning {
  /**
   * `hostname-taken`: several want it, the first has it; or it is in another's domain. `apex-taken`: a service is called like a project.
   * `hostname-invalid`: left out.
   */
  kind: "hostname-taken" | "apex-taken" | "hostname-invalid";
  /** One line, lower case, with the names in it. */
  message: string;
  /** Whom it concerns; the one that keeps the name first. */
  environments: EnvironmentKey[];
}

export interface SettledClaims {
  claims: Claim[];
  warnings: ZoneWarning[];
}

/**
 * Gives every name to exactly one claim: services before apexes before hostnames asked for, then the environment
 * created first, then by key. Records of several are never put together. A hostname asked for in another environment's
 * domain is left out, whether that one has a service of the name or not: it may have one tomorrow.
 * @param reserved names of cilo itself.
 */
export function settleClaims(
  environments: readonly EnvironmentRecords[],
  reserved: ReadonlySet<NameKey>,
): SettledClaims {
  const owners = new Map<NameKey, { claim: Claim; key: EnvironmentKey }>();
  const domains = ownersOfDomains(environments);
  const warnings = environments.flatMap(warnOfLeftOut);
  for (const kind of claimKinds) {
    for (const { key, claims } of environments) {
      for (const claim of claims) {
        if (claim.kind !== kind) continue;
        const name = ownerNameOf(claim);
        const owner = owners.get(name);
        const domain = kind === "hostname" ? enclosingDomain(domains, claim.name) : null;
        if (reserved.has(name)) warnings.push(warnOfReserved(claim, key));
        else if (domain !== null && domain.owner !== key) warnings.push(warnOfForeignDomain(claim, key, domain));
        else if (owner === undefined) owners.set(name, { claim, key });
        else warnings.push(warnOfTaken(claim, key, owner));
      }
    }
  }
  return { claims: [...owners.values()].map(({ claim }) => claim), warnings };
}

/** An environment's own domain. */
interface OwnedDomain {
  name: NameKey;
  owner: EnvironmentKey;
}

function ownersOfDomains(environments: readonly EnvironmentRecords[]): Map<NameKey, OwnedDomain> {
  const domains = new Map<NameKey, OwnedDomain>();
  for (const { key, domains: names } of environments) {
    for (const name of names) if (!domains.has(name)) domains.set(name, { name, owner: key });
  }
  return domains;
}

/** The nearest domain at or above a name: `lab.e.test` is lab/e's, though it lies in `e.test`. */
function enclosingDomain(domains: ReadonlyMap<NameKey, OwnedDomain>, name: NameKey): OwnedDomain | null {
  for (let up = name; up !== ""; up = parentOf(up)) {
    const domain = domains.get(up);
    if (domain !== undefined) return domain;
  }
  return null;
}

/** The order in which claims are heard. */
export function byAge(left: EnvironmentRecords, right: EnvironmentRecords): number {
  return compare(left.createdAt, right.createdAt) || compare(left.key, right.key);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function warnOfLeftOut({ key, leftOut }: EnvironmentRecords): ZoneWarning[] {
  return leftOut.map(({ kind, text, service, reason }) => ({
    kind,
    message: `${text}, asked for by service "${service}" of ${key}, is left out: ${reason}`,
    environments: [key],
  }));
}

function warnOfReserved(claim: Claim, key: EnvironmentKey): ZoneWarning {
  const reason = "it is the name of cilo's own server";
  return {
    kind: "hostname-invalid",
    message: `${claim.text}, asked for by service "${claim.service}" of ${key}, is left out: ${reason}`,
    environments: [key],
  };
}

function warnOfForeignDomain(claim: Claim, key: EnvironmentKey, { name, owner }: OwnedDomain): ZoneWarning {
  const reason = `it is in ${formatName(name)}, the domain of ${owner}`;
  return {
    kind: "hostname-taken",
    message: `${claim.text}, asked for by service "${claim.service}" of ${key}, is left out: ${reason}`,
    environments: [owner, key],
  };
}

function warnOfTaken(claim: Claim, key: EnvironmentKey, owner: { claim: Claim; key: EnvironmentKey }): ZoneWarning {
  const isApex = claim.kind === "apex";
  const what = isApex ? `${claim.text}, the name of ${key} as a whole,` : `${claim.text}, asked for by ${key},`;
  return {
    kind: isApex ? "apex-taken" : "hostname-taken",
    message: `${what} answers with service "${owner.claim.service}" of ${owner.key}`,
    environments: [owner.key, key],
  };
}
