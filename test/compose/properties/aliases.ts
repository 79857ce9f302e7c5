import { type CanonicalModel, containerOwners, containerServices } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";
import { expectedMode } from "./own-network.ts";

/** P6: every name that a service has in the project or in the zone is one of its aliases, and no name means two services that can run together. */
export function findWrongAliases(copy: Copy): string[] {
  return [...findLostNames(copy), ...findAmbiguousNames(copy)];
}

/** A name may be another service's when both ask for it; the user must have been told. */
function findLostNames(copy: Copy): string[] {
  return [...namesWanted(copy)].flatMap(([service, names]) => {
    const held = namesHeld(copy, service);
    return names.flatMap((name) => {
      if (held.has(name.toLowerCase()) || isTold(copy, service, name)) return [];
      const rival = onNetwork(copy).find(
        (other) => other !== service && namesHeld(copy, other).has(name.toLowerCase()),
      );
      return rival === undefined
        ? [`service ${service}: has lost its name ${name}`]
        : [`service ${service}: its name ${name} is ${rival}'s, and nobody is told`];
    });
  });
}

/** A name of the zone that two services have is told by the host name that one of them has in its place. */
function isTold({ facts }: Copy, service: string, name: string): boolean {
  const texts = [
    name.replaceAll("$$", "$"),
    ...(name.endsWith(`.${facts.environment.suffix}`) ? [" as a host name"] : []),
  ];
  return facts.messages.some((said) => said.includes(service) && texts.some((text) => said.includes(text)));
}

function findAmbiguousNames(copy: Copy): string[] {
  const services = onNetwork(copy);
  return services.flatMap((first, index) =>
    services.slice(index + 1).flatMap((second) => {
      if (!canRunTogether(copy, first, second)) return [];
      const ofSecond = namesHeld(copy, second);
      const both = [...namesHeld(copy, first)].filter((name) => ofSecond.has(name));
      // The project itself calls two services `api` and `API`, which are one name in DNS.
      const chosen = both.filter((name) => name !== first.toLowerCase() || name !== second.toLowerCase());
      return chosen.map((name) => `the name ${name} means both ${first} and ${second}`);
    }),
  );
}

/** The services on the copy's network. */
function onNetwork({ merged }: Copy): string[] {
  return Object.keys(merged.services).filter((name) => merged.services[name]?.networks?.default !== undefined);
}

/** What the engine's DNS answers with the service's address: its own name and its aliases, in lower case. */
function namesHeld({ merged }: Copy, service: string): Set<string> {
  const aliases = merged.services[service]?.networks?.default?.aliases ?? [];
  return new Set([service, ...aliases].map((name) => name.toLowerCase()));
}

/** The names each service on the network is to have. */
function namesWanted(copy: Copy): Map<string, string[]> {
  const { base, active, facts } = copy;
  const wanted = new Map<string, string[]>();
  const want = (service: string, names: readonly string[]) => {
    const holder = addressHolder(copy, service);
    if (holder !== null && !facts.shared.includes(holder))
      wanted.set(holder, [...(wanted.get(holder) ?? []), ...names]);
  };
  const owners = containerOwners(base, active.base);
  for (const [name, service] of containerServices(base)) {
    want(name, [...zoneNames(copy, name), ...hostnamesOf(copy, service.labels?.["cilo.hostnames"] ?? "")]);
    if (expectedMode(base, service.network_mode ?? "", active.base) === "") {
      want(
        name,
        Object.values(service.networks ?? {}).flatMap((attachment) => attachment?.aliases ?? []),
      );
      const isKept = copy.merged.services[name]?.container_name !== undefined;
      if (service.container_name && !isKept) want(name, [service.container_name]);
    }
    for (const link of service.external_links ?? []) {
      const [container = "", alias] = link.split(":");
      const owner = owners.get(container);
      // A container without an endpoint of its own cannot be linked to.
      if (owner !== undefined && base.services[owner]?.network_mode === undefined) want(owner, [alias ?? container]);
    }
  }
  return wanted;
}

/** `service.env.suffix` and `service.project.env.suffix`; a name that is no host label as it stands has them under another label, looked for elsewhere. */
function zoneNames({ facts }: Copy, service: string): string[] {
  const { project, name, suffix } = facts.environment;
  if (!/^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/.test(service) || service.length > 63) return [];
  return [`${service}.${name}.${suffix}`, `${service}.${project}.${name}.${suffix}`];
}

/** The exact names that the label asks for; one without a dot is relative to the environment. */
function hostnamesOf({ facts }: Copy, label: string): string[] {
  const { name, suffix } = facts.environment;
  return label
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((text) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(text))
    .map((text) => (text.includes(".") ? text : `${text}.${name}.${suffix}`));
}

/** Follows `network_mode: service:x` to the service with an address. */
function addressHolder({ base, active }: Copy, service: string): string | null {
  let current = service;
  for (const _ of Object.keys(base.services)) {
    const found = base.services[current];
    if (found === undefined || found.provider !== undefined) return null;
    const mode = expectedMode(base, found.network_mode ?? "", active.base);
    if (mode === "") return current;
    if (!mode.startsWith("service:")) return null;
    current = mode.slice("service:".length);
  }
  return null;
}

/** Whether some choice of profiles runs both: they are not when each is in profiles the other is not in, and the choice now has not both. */
function canRunTogether({ base, active }: { base: CanonicalModel; active: Copy["active"] }, a: string, b: string) {
  // Of two that are not both on now, the one that is on has the name until the profiles change.
  if (active.base.includes(a) !== active.base.includes(b)) return false;
  const [ofA, ofB] = [base.services[a]?.profiles ?? [], base.services[b]?.profiles ?? []];
  if (ofA.length === 0 || ofB.length === 0 || ofA.some((profile) => ofB.includes(profile))) return true;
  return active.base.includes(a) && active.base.includes(b);
}
