import { addressesByService, type CopyContainer } from "./corpus-copy.ts";
import type { Model, ModelService } from "./stand-in-model.ts";

/** Names and the addresses they are to have, in order; none: the name must not exist. */
export type ExpectedNames = Record<string, string[]>;

export interface NamedCopy {
  project: string;
  environment: string;
  model: Model;
  containers: readonly CopyContainer[];
}

/** Services that a copy's own domain answers with, the first of them that there is. */
const ingressOrder = ["nginx", "web", "app", "frontend", "traefik", "caddy"];

/** What cilo's DNS server is to answer for a copy that runs. */
export function expectedZone(copy: NamedCopy): ExpectedNames {
  const { short, long } = domainsOf(copy);
  const addresses = addressesByService(copy.containers);
  const names: ExpectedNames = {};
  const ingress = addresses.get(ingressOrder.find((name) => Object.hasOwn(copy.model.services, name)) ?? "") ?? [];
  names[long] = ingress;
  names[`anything.${long}`] = ingress;
  for (const service of Object.keys(copy.model.services)) {
    for (const label of labelsOf(service)) {
      names[`${label}.${short}`] = addresses.get(service) ?? [];
      names[`${label}.${long}`] = addresses.get(service) ?? [];
      // The domain takes whatever is below it and is no service's.
      if (names[`${label}.${long}`]?.length === 0) delete names[`${label}.${long}`];
    }
  }
  return names;
}

/** What the engine's own DNS is to answer in any container on a copy's network. */
export function expectedInside(copy: NamedCopy): ExpectedNames {
  const { short, long } = domainsOf(copy);
  const addresses = addressesByService(
    copy.containers.filter(({ networkMode }) => !networkMode.startsWith("container:")),
  );
  const byName = new Map<string, Set<string>>();
  const add = (name: string, found: readonly string[]) => {
    byName.set(name, new Set([...(byName.get(name) ?? []), ...found]));
  };
  for (const [name, service] of Object.entries(copy.model.services)) {
    const found = addresses.get(name) ?? [];
    if (found.length === 0) continue;
    for (const own of [name, ...namesGivenTo(service)]) add(own, found);
    for (const label of labelsOf(name)) {
      add(`${label}.${short}`, found);
      add(`${label}.${long}`, found);
    }
  }
  for (const { name, isRunning, networkMode, addresses: own } of copy.containers) {
    if (isRunning && !networkMode.startsWith("container:")) add(name, Object.values(own));
  }
  return Object.fromEntries(
    [...byName].flatMap(([name, found]) => (found.size > 0 ? [[name, [...found].sort()]] : [])),
  );
}

/** Names that a service's links give others in its own containers. */
export function expectedLinks({ model, containers }: NamedCopy, service: string): ExpectedNames {
  const addresses = addressesByService(containers);
  return Object.fromEntries(
    (model.services[service]?.links ?? []).flatMap((link) => {
      const [target = "", alias = target] = link.split(":");
      return [[alias, addresses.get(target) ?? []]];
    }),
  );
}

/** Names of a copy that mean nothing in another: those with its own name in them, and its containers'. */
export function namesOfItsOwn(copy: NamedCopy): string[] {
  const { short, long } = domainsOf(copy);
  const services = Object.keys(copy.model.services).flatMap(labelsOf);
  return [
    long,
    ...services.flatMap((label) => [`${label}.${short}`, `${label}.${long}`]),
    ...copy.containers.flatMap(({ name, id }) => [name, id.slice(0, 12)]),
  ];
}

function domainsOf({ project, environment }: NamedCopy): { short: string; long: string } {
  return { short: `${environment}.test`, long: `${project}.${environment}.test` };
}

/** A service answers by its own name, and where that is no host name by one made of it. */
function labelsOf(service: string): string[] {
  const raw = service.toLowerCase();
  return [...new Set([raw, raw.replace(/[^a-z0-9-]/g, "-")])].filter((label) => !label.includes("."));
}

function namesGivenTo(service: ModelService): string[] {
  const aliases = Object.values(service.networks ?? {}).flatMap((network) => network?.aliases ?? []);
  return [service.container_name, ...aliases].filter((name) => name !== undefined);
}
