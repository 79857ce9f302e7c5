import type { Finding } from "../../model/finding.ts";
import { hostNamesOf, projectDomain, toAbsoluteHostname } from "../../model/host-names.ts";
import { describeServices } from "../describe.ts";
import { toExactName } from "../hostnames.ts";
import { attachmentsOn } from "../kept-networks.ts";
import { compareText, escapeDollars, unescapeDollars } from "../model.ts";
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
 * Gives every service on a network of the copy all the names it has there. One name means one service: where two ask
 * for it, service names go first, then the names of the zone, those the project gives (aliases, container names, links),
 * `cilo.hostnames`, the apex; among equals the first service by name. Of the names the project gives, one that is on takes what
 * only services that no profile in use turns on would have.
 * @param network its key. On one that is kept the aliases are those the project gives on it, and only its services have
 * names.
 */
export function planAliases(context: OverrideContext, network: string): AliasPlan {
  const isOn = (service: string) => context.attachments.get(service)?.includes(network) ?? false;
  const holders = new Map<string, string[]>();
  const aliases = new Map<string, string[]>();
  const findings = new Map<string, Finding>();
  for (const { name } of context.services) if (isOn(name)) holders.set(name.toLowerCase(), [name]);
  const isActive = (service: string) => context.reading.active.includes(service);
  for (const { holder, alias, isProjects } of claimsOf(context, network)) {
    if (!isOn(holder)) continue;
    // The engine's DNS does not tell upper from lower case.
    const key = alias.toLowerCase();
    const owners = holders.get(key) ?? [];
    if (owners.includes(holder)) continue;
    // What the project itself calls a service by means the one that runs; the zone keeps its names for those that do not.
    const rivals = isProjects && isActive(holder) ? owners.filter(isActive) : owners;
    const rival = rivals.find((owner) => !areExclusive(context, owner, holder));
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

function claimsOf(context: OverrideContext, network: string): (Claim & { isProjects: boolean })[] {
  const { active } = context.reading;
  const ofProject = projectClaims(context, network);
  const activeFirst = [
    ...ofProject.filter(({ holder }) => active.includes(holder)),
    ...ofProject.filter(({ holder }) => !active.includes(holder)),
  ];
  return [
    ...zoneClaims(context).map((claim) => ({ ...claim, isProjects: false })),
    ...activeFirst.map((claim) => ({ ...claim, isProjects: true })),
    ...hostnameClaims(context).map((claim) => ({ ...claim, isProjects: false })),
  ];
}

/** The exact names of the zone; a service inside another's network namespace gives its names to that one. */
function zoneClaims(context: OverrideContext): Claim[] {
  const names = context.services.map(({ name }) => name);
  return [...hostNamesOf(context.environment, names)].flatMap(([service, { all }]) => claims(context, service, all));
}

/**
 * Names that resolve in the project as it is: aliases on the networks that this one stands for, container names that
 * are taken away, links from outside.
 */
function projectClaims(context: OverrideContext, network: string): Claim[] {
  const links = externalLinkAliases(context);
  return context.services.flatMap(({ name, service, mode }) => {
    if (mode.kind !== "environment") return [];
    const fixed = isFixed(service.container_name, context.reading.probe.services[name]?.container_name);
    const aliases = attachmentsOn(context.reading, service, network).flatMap((attachment) => attachment?.aliases ?? []);
    const given = [...aliases, ...(links.get(name) ?? [])].sort(compareText);
    return [...given, ...(fixed && service.container_name ? [service.container_name] : [])].map((alias) => ({
      holder: name,
      alias,
    }));
  });
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
