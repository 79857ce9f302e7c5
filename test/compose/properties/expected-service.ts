import { type CanonicalService, containerOwners } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";
import { withNewAddresses } from "./old-addresses.ts";
import { expectedMode } from "./own-network.ts";

/** Fields that other properties say everything about. */
const fieldsChecked = ["ports", "container_name", "networks", "network_mode", "image", "pull_policy", "mac_address"];

/** What a service must say in the copy: what the project says, with what names something of the project's put right, and cilo's labels. */
export function expectedService(copy: Copy, name: string): CanonicalService {
  const service = copy.base.services[name] ?? {};
  if (service.provider !== undefined) return service;
  const rewritten = withNewNetworkNames(copy, withNewAddresses(copy, withOwnContainers(copy, service)));
  const labels = { ...rewritten.labels, ...environmentLabels(copy), "cilo.service": asPrinted(name) };
  return withoutCheckedFields({ ...rewritten, labels, ...expectedBuild(copy, service) });
}

/** The service without what other properties look at, so that it can be compared as a whole. */
export function withoutCheckedFields(service: CanonicalService): CanonicalService {
  const rest = Object.fromEntries(Object.entries(service).filter(([field]) => !fieldsChecked.includes(field)));
  const { tags: _, ...build } = service.build ?? {};
  return service.build ? { ...rest, build } : rest;
}

/** The labels of everything of an environment. */
export function environmentLabels({ facts }: Copy): Record<string, string> {
  const { id, project, name } = facts.environment;
  return {
    cilo: "true",
    "cilo.installation": facts.installation,
    "cilo.id": id,
    "cilo.project": project,
    "cilo.environment": name,
  };
}

function expectedBuild(copy: Copy, { build }: CanonicalService): Pick<CanonicalService, "build"> {
  return build ? { build: { ...build, labels: { ...build.labels, ...environmentLabels(copy) } } } : {};
}

/**
 * Trap T7: where the key of a label or variable speaks of a network and its value is the name of one of the project's, it is the name of the copy's. Parts of
 * values stay, as many a network is called by an ordinary word.
 */
function withNewNetworkNames({ base, facts }: Copy, service: CanonicalService): CanonicalService {
  const old = Object.values(base.networks ?? {}).map((network) => network?.name);
  const replace = <T extends string | null>(values: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        key.toLowerCase().includes("network") && value !== null && old.includes(value) ? facts.networkName : value,
      ]),
    );
  const { labels, environment } = service;
  return {
    ...service,
    ...(labels ? { labels: replace(labels) as Record<string, string> } : {}),
    ...(environment ? { environment: replace(environment) } : {}),
  };
}

/** Trap T8: what names a container of this project by its container_name names its service; an external link to one is an alias of that service's. */
function withOwnContainers({ base, active }: Copy, service: CanonicalService): CanonicalService {
  const owners = containerOwners(base, active.base);
  const { pid, ipc, volumes_from: volumesFrom, external_links: links, network_mode: mode } = service;
  const rewritten: CanonicalService = { ...service };
  const joined: string[] = [];
  for (const [field, value] of Object.entries({ pid, ipc, network_mode: mode })) {
    if (!value?.startsWith("container:")) continue;
    rewritten[field] = expectedMode(base, value, active.base);
    joined.push(...(value === rewritten[field] ? [] : [String(rewritten[field]).slice("service:".length)]));
  }
  if (volumesFrom) {
    rewritten.volumes_from = volumesFrom.map((entry) => {
      const [kind, container = "", ...mode] = entry.split(":");
      const owner = kind === "container" ? owners.get(container) : undefined;
      if (owner === undefined) return entry;
      joined.push(owner);
      return [owner, ...mode].join(":");
    });
  }
  if (links) rewritten.external_links = links.filter((link) => !owners.has(link.split(":")[0] ?? ""));
  // Compose starts a service that another is joined to first, as if it were written down.
  const dependsOn = Object.fromEntries(joined.map((owner) => [owner, impliedDependency]));
  return joined.length === 0 ? rewritten : { ...rewritten, depends_on: { ...dependsOn, ...service.depends_on } };
}

/** What Compose writes for a dependency it derives, without `restart`, in which its versions and fields differ. */
export const impliedDependency = { condition: "service_started", required: true };

/** A text as Compose prints it. */
function asPrinted(text: string): string {
  return text.replaceAll("$", "$$$$");
}
