import type { ContainerFacts } from "./engine.ts";
import type { Environment, EnvironmentStatus, Service } from "./environment.ts";
import { networkNamesOf } from "./kept-networks.ts";
import { labelKeys } from "./labels.ts";

/**
 * How a service does. `done`: its containers ended with exit code 0, as a one-off job's do; `off`: it is not meant to run; `missing`: it is, and has too few containers;
 * `detached`: it runs, but not at the address that is its own.
 */
export type ServiceStatus =
  | "running"
  | "starting"
  | "unhealthy"
  | "restarting"
  | "paused"
  | "detached"
  | "exited"
  | "done"
  | "missing"
  | "off";

/** A service as the engine shows it now. */
export interface ObservedService {
  status: ServiceStatus;
  /**
   * Of its running containers, one each: in the environment's own network, else in the first kept one by key. Ordered by
   * container name.
   */
  addresses: string[];
  /** Names of its containers in any state, sorted. */
  containers: string[];
}

/** An environment as the engine shows it now: one entry a service that state or the engine knows. */
export type ObservedServices = Record<string, ObservedService>;

/** What of a service's record says how it should be. */
export type ExpectedService = Pick<Service, "replicas"> &
  Partial<Pick<Service, "address" | "addresses" | "purpose" | "networks">>;

/** What of an environment's record says which containers are its, and where they have their addresses. */
export type ObservableEnvironment = Pick<Environment, "composeProject" | "keptNetworks"> & {
  services: Readonly<Record<string, ExpectedService>>;
};

/**
 * Groups an environment's containers by service. One-off containers (`compose run`) are left out: they have no name.
 * @param containers those with the environment's id; any order.
 */
export function observeServices(
  environment: ObservableEnvironment,
  containers: readonly ContainerFacts[],
): ObservedServices {
  const { composeProject, services } = environment;
  const groups = new Map<string, ContainerFacts[]>(Object.keys(services).map((service) => [service, []]));
  for (const container of containers) {
    const service = container.labels[labelKeys.service];
    if (service === undefined || isOneOff(container) || !isMember(composeProject, container)) continue;
    const group = groups.get(service);
    if (group) group.push(container);
    else groups.set(service, [container]);
  }
  const networks = networkNamesOf(environment);
  return Object.fromEntries(
    [...groups].map(([service, group]) => [service, observeService(group, networks, services[service] ?? unexpected)]),
  );
}

const unexpected: ExpectedService = { replicas: 0 };

/** Tells a container that `docker compose run` made from a service's own. */
export function isOneOff(container: Pick<ContainerFacts, "labels">): boolean {
  return container.labels["com.docker.compose.oneoff"] === "True";
}

/**
 * Tells a container that Compose made for the project from one with the same labels. An image that Compose builds is
 * labelled with the project, and so is what somebody runs from it; only what has the hash of a service's configuration
 * too does Compose take for its own. `docker commit` puts all of a container's labels into the image, and they come
 * back in whatever is run from it. Compose notes the image's id in a label, and that one is then another's. Where
 * several services build one image, Compose notes the id of each one's own build, of which only the last has the name
 * they are all started from; those have the names that Compose gives, and only one container can have such a name.
 */
export function isMember(
  composeProject: string,
  container: Pick<ContainerFacts, "labels" | "imageId" | "name">,
): boolean {
  const project = container.labels["com.docker.compose.project"];
  const imageId = container.labels["com.docker.compose.image"];
  if (project !== undefined && project !== composeProject) return false;
  // cilo's own short-lived containers belong to no project.
  if (project && !isOfCompose(container)) return false;
  return imageId === undefined || imageId === container.imageId || hasComposeName(composeProject, container);
}

/** Whether a container was made by Compose or is a copy of one that was, labels and all. */
export function isOfCompose({ labels }: Pick<ContainerFacts, "labels">): boolean {
  return labels["com.docker.compose.config-hash"] !== undefined;
}

/** Tells whether something of a container is in memory, which ends with it. */
export function isLive({ state }: Pick<ContainerFacts, "state">): boolean {
  return state === "running" || state === "paused" || state === "restarting";
}

/**
 * What Compose puts before the name of a container that is to take another one's place: the beginning of that one's id.
 */
const replacementPrefix = /^[0-9a-f]{12}_/;

/** Tells a container that Compose has made to take another one's place and has not given its name yet. */
export function isReplacement(composeProject: string, container: Pick<ContainerFacts, "labels" | "name">): boolean {
  return replacementPrefix.test(container.name) && hasComposeName(composeProject, container);
}

/** `project-service-number`, or `project-service-run-…` for a one-off. */
function hasComposeName(composeProject: string, container: Pick<ContainerFacts, "labels" | "name">): boolean {
  const { labels } = container;
  const name = container.name.replace(replacementPrefix, "");
  const stem = `${composeProject}-${labels["com.docker.compose.service"]}`;
  const isRun =
    isOneOff(container) && name.startsWith(`${stem}-run-`) && /^[0-9a-f]+$/.test(name.slice(stem.length + 5));
  return isRun || name === `${stem}-${labels["com.docker.compose.container-number"]}`;
}

/** @param networks names on the engine by key, in the order in which a container's address is looked for. */
function observeService(
  containers: readonly ContainerFacts[],
  networks: ReadonlyMap<string, string>,
  expected: ExpectedService,
): ObservedService {
  const sorted = [...containers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const running = sorted.filter((container) => container.state === "running");
  const addresses = running.flatMap((container) => firstAddressOf(container, [...networks.values()]) ?? []);
  const named = { ...expected, networks: (expected.networks ?? []).flatMap((key) => networks.get(key) ?? []) };
  return {
    status: statusOf(sorted, addresses, named),
    addresses,
    containers: sorted.map((container) => container.name),
  };
}

/** The address that a container answers at: the host reaches it in all its networks, names lead to one. */
function firstAddressOf({ addresses }: ContainerFacts, networks: readonly string[]): string | null {
  return networks.map((network) => addresses[network] ?? null).find((address) => address !== null) ?? null;
}

/** The worst of a service's containers decides. Networks are expected by their names on the engine. */
function statusOf(
  containers: readonly ContainerFacts[],
  addresses: readonly string[],
  expected: ExpectedService,
): ServiceStatus {
  const some = (test: (container: ContainerFacts) => boolean) => containers.some(test);
  if (expected.replicas === 0 && !some(isLive)) return "off";
  if (containers.length === 0) return "missing";
  if (some((container) => container.state === "restarting")) return "restarting";
  const ended = containers.filter((container) => container.state !== "running" && container.state !== "paused");
  if (ended.some((container) => container.state !== "exited" || container.exitCode !== 0)) return "exited";
  // A server that is stopped ends with 0 as well.
  if (ended.length > 0) return ended.length === containers.length && !isServer(ended, expected) ? "done" : "exited";
  if (some((container) => container.state === "paused")) return "paused";
  if (isDetached(containers, addresses, expected)) return "detached";
  if (some((container) => container.health === "unhealthy")) return "unhealthy";
  if (some((container) => container.health === "starting")) return "starting";
  return containers.length < expected.replicas ? "missing" : "running";
}

/**
 * Off a network, or put back on it by hand, at another address and without its names. Several containers cannot all have
 * the one address.
 */
function isDetached(
  containers: readonly ContainerFacts[],
  addresses: readonly string[],
  { address = null, networks = [] }: ExpectedService,
): boolean {
  const isOffOne = containers.some((container) => networks.some((network) => !container.addresses[network]));
  return isOffOne || (address !== null && containers.length === 1 && !addresses.includes(address));
}

/** Where nothing is known of it, a health check that came with its image says that it was no job. */
function isServer(containers: readonly ContainerFacts[], { purpose }: ExpectedService): boolean {
  return purpose === undefined ? containers.some(({ health }) => health !== "none") : purpose === "server";
}

/** Tells whether a service is as it should be: it runs (healthy, where it has a health check), has done its work, or is not meant to run. */
export function isSettled(service: Pick<ObservedService, "status">): boolean {
  return service.status === "running" || service.status === "done" || service.status === "off";
}

/**
 * What an environment's status really is: state's word for what an operation is doing, the engine's for what runs. Nothing is "running" in which nothing runs.
 */
export function judgeStatus(recorded: EnvironmentStatus, observed: ObservedServices): EnvironmentStatus {
  if (recorded === "destroying" || recorded === "starting") return recorded;
  const services = Object.values(observed);
  const isAnythingUp = services.some(({ status }) => !["exited", "done", "missing", "off"].includes(status));
  if (!isAnythingUp) return recorded === "created" || recorded === "failed" ? recorded : "stopped";
  if (services.every(isSettled)) return "running";
  return recorded === "failed" ? "failed" : "degraded";
}
