import { hostNamesOf, projectDomain, toAbsoluteHostname } from "../../model/host-names.ts";
import { describeServices } from "../describe.ts";
import type { Finding } from "../finding.ts";
import { toExactName } from "../hostnames.ts";
import { type ComposeService, compareText, escapeDollars, unescapeDollars } from "../model.ts";
import { addressOwnerOf, containerNameOwners } from "../network-mode.ts";
import { isFixed, type OverrideContext } from "./concern.ts";
import { parseExternalLink } from "./external-links.ts";

/** A name that a service is to answer to; `holder` is the service whose address it gives. */
interface Claim {
  holder: string;
  alias: string;
}

export interface AliasPlan {
  /** Aliases to write per service, without its own name, in a fixed order. */
  aliases: Map<string, string[]>;
  findings: Finding[];
}

/**
 * Gives every service on the environment's network all its names. One name means one service: where two ask for it, service names go first, then the names of
 * the zone, those the project gives (aliases, container names, links), `cilo.hostnames`, the apex; among equals the first service by name.
 */
export function planAliases(context: OverrideContext): AliasPlan {
  const holders = new Map<string, string[]>();
  const aliases = new Map<string, string[]>();
  const findings = new Map<string, Finding>();
  for (const { name, mode } of context.services)
    if (mode.kind === "environment") holders.set(name.toLowerCase(), [name]);
  for (const { holder, alias } of claimsOf(context)) {
    // The engine's DNS does not tell upper from lower case.
    const key = alias.toLowerCase();
    const owners = holders.get(key) ?? [];
    if (owners.includes(holder)) continue;
    const rival = owners.find((owner) => !areExclusive(context, owner, holder));
    if (rival === undefined) {
      holders.set(key, [...owners, holder]);
      aliases.set(holder, [...(aliases.get(holder) ?? []), alias]);
    } else {
      const finding = contestedName(holder, rival, unescapeDollars(alias));
      findings.set(JSON.stringify([finding.path, finding.statement]), finding);
    }
  }
  return { aliases, findings: [...findings.values()] };
}

function contestedName(loser: string, winner: string, name: string): Finding {
  return {
    rule: "contested-name",
    action: "rewritten",
    shared: false,
    level: "warning",
    path: ["services", loser],
    statement: `${winner} asks for the name ${JSON.stringify(name)} as well: in the environment it means ${winner} only`,
    hint: null,
  };
}

function claimsOf(context: OverrideContext): Claim[] {
  return [...zoneClaims(context), ...projectClaims(context), ...hostnameClaims(context)];
}

/** The exact names of the zone; a service inside another's network namespace gives its names to that one. */
function zoneClaims(context: OverrideContext): Claim[] {
  const names = context.services.map(({ name }) => name);
  return [...hostNamesOf(context.environment, names)].flatMap(([service, { all }]) => claims(context, service, all));
}

/** Names that resolve in the project as it is: aliases of all its networks, container names that are taken away, links from outside. */
function projectClaims(context: OverrideContext): Claim[] {
  const links = externalLinkAliases(context);
  return context.services.flatMap(({ name, service, mode }) => {
    if (mode.kind !== "environment") return [];
    const fixed = isFixed(service.container_name, context.reading.probe.services[name]?.container_name);
    const given = [...networkAliases(service), ...(links.get(name) ?? [])].sort(compareText);
    return [...given, ...(fixed && service.container_name ? [service.container_name] : [])].map((alias) => ({
      holder: name,
      alias,
    }));
  });
}

function networkAliases(service: ComposeService): string[] {
  return Object.values(service.networks ?? {}).flatMap((attachment) => attachment?.aliases ?? []);
}

function externalLinkAliases({ services, reading }: OverrideContext): Map<string, string[]> {
  const owners = containerNameOwners(reading);
  const aliases = new Map<string, string[]>();
  for (const link of services.flatMap(({ service }) => service.external_links ?? [])) {
    const { container, alias } = parseExternalLink(link);
    const owner = owners.get(container);
    if (owner !== undefined) aliases.set(owner, [...(aliases.get(owner) ?? []), alias]);
  }
  return aliases;
}

/** The engine's DNS knows no wildcards: those names are for the host alone. */
function hostnameClaims(context: OverrideContext): Claim[] {
  const { environment, reading } = context;
  const described = Object.entries(describeServices(reading, context.configuredIngress ?? null).services);
  const hostnames = described.flatMap(([service, { hostnames }]) => {
    const names = hostnames.map((hostname) => toExactName(toAbsoluteHostname(environment, hostname)));
    return claims(
      context,
      service,
      names.filter((name) => name !== null),
    );
  });
  const apex = described.filter(([, { ingress }]) => ingress);
  return [...hostnames, ...apex.flatMap(([service]) => claims(context, service, [projectDomain(environment)]))];
}

function claims(context: OverrideContext, service: string, names: readonly string[]): Claim[] {
  const holder = addressOwnerOf(service, context.modes);
  return holder === null ? [] : names.map((name) => ({ holder, alias: escapeDollars(name) }));
}

/** Whether no choice of profiles in use runs both: each is in profiles the other is not, and they are not both on now. */
function areExclusive({ reading }: OverrideContext, a: string, b: string): boolean {
  const profilesOfA = reading.base.services[a]?.profiles ?? [];
  const profilesOfB = reading.base.services[b]?.profiles ?? [];
  if (profilesOfA.length === 0 || profilesOfB.length === 0) return false;
  if (profilesOfA.some((profile) => profilesOfB.includes(profile))) return false;
  return !(reading.active.includes(a) && reading.active.includes(b));
}
