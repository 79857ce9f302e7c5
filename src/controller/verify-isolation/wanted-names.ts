import { hostNamesOf, projectDomain, toAbsoluteHostname } from "../../model/host-names.ts";
import { labelKeys } from "../../model/labels.ts";
import { networkIdsOf, type Subject } from "./subject.ts";

/** A name of an environment that is asked for inside the other one. */
export interface WantedName {
  text: string;
  /**
   * `engine`: only the engine's own DNS could know it; `zone`: the machine's resolver may know it as well, from cilo's
   * DNS server.
   */
  kind: "engine" | "zone";
}

/** The engine knows a container by the beginning of its id, too. */
const shortIdLength = 12;

/**
 * The names of `target` that must mean nothing of it inside `asker`: those the engine's DNS knows on the target's
 * networks, and those of the zone. The names of services that both have come last: inside, they mean the asker's own.
 */
export function wantedNames(target: Subject, asker: Subject): WantedName[] {
  const services = Object.keys(target.environment.services).sort();
  const ownServices = new Set(Object.keys(asker.environment.services));
  const [inBoth = [], inOne = []] = [true, false].map((both) =>
    services.filter((service) => ownServices.has(service) === both),
  );
  const owners = target.namespaces.map(({ owner }) => owner);
  const networks = networkNamesOf(target);
  const running = owners.map(({ labels }) => labels[labelKeys.service] ?? "").filter((service) => service !== "");
  const engineNames = [
    ...owners.map(({ name }) => name),
    ...inOne,
    ...networks.flatMap((network) => [...new Set(running)].map((service) => `${service}.${network}`)),
    ...owners.map(({ id }) => id.slice(0, shortIdLength)),
  ];
  const texts = new Map<string, WantedName["kind"]>();
  for (const text of zoneNamesOf(target)) texts.set(text, "zone");
  for (const text of [...engineNames, ...inBoth]) if (!texts.has(text)) texts.set(text, "engine");
  // In turn, so that a limit leaves some of each.
  const [zone = [], engine = []] = (["zone", "engine"] as const).map((kind) =>
    [...texts].filter(([, of]) => of === kind).map(([text]): WantedName => ({ text, kind })),
  );
  return interleave(engine, zone).filter(({ text }) => isHostName(text));
}

function networkNamesOf(target: Subject): string[] {
  const own = networkIdsOf(target);
  const endpoints = target.namespaces.flatMap(({ endpoints }) => endpoints);
  return [...new Set(endpoints.filter(({ networkId }) => own.has(networkId)).map(({ network }) => network))];
}

function zoneNamesOf({ environment }: Subject): string[] {
  const services = Object.keys(environment.services).sort();
  const names = [...hostNamesOf(environment, services).values()].flatMap(({ all }) => all);
  const hostnames = Object.values(environment.services).flatMap((service) => service.hostnames);
  const absolute = hostnames
    .filter((hostname) => !hostname.includes("*"))
    .map((hostname) => toAbsoluteHostname(environment, hostname));
  return [...names, ...absolute, projectDomain(environment)];
}

/** They become arguments of programs: nothing that begins like an option or is more than a name. */
function isHostName(text: string): boolean {
  return /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(text) && text.length <= 253;
}

function interleave<T>(first: readonly T[], second: readonly T[]): T[] {
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [
    ...first.slice(index, index + 1),
    ...second.slice(index, index + 1),
  ]).flat();
}
