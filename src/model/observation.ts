import type { ContainerFacts } from "./engine.ts";
import type { Environment, EnvironmentStatus, Service } from "./environment.ts";
import { labelKeys } from "./labels.ts";
import { toNetworkName } from "./names.ts";

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
  /** Of its running containers, in the environment's network; ordered by container name. */
  addresses: string[];
  /** Names of its containers in any state, sorted. */
  containers: string[];
}

/** An environment as the engine shows it now: one entry a service that state or the engine knows. */
export type ObservedServices = Record<string, ObservedService>;

/** What of a service's record says how it should be. */
export type ExpectedService = Pick<Service, "replicas"> & Partial<Pick<Service, "address" | "addresses">>;

/**
 * Groups an environment's containers by service. One-off containers (`compose run`) are left out: they have no name.
 * @param containers those with the environment's id; any order.
 */
export function observeServices(
  environment: Pick<Environment, "composeProject"> & { services: Readonly<Record<string, ExpectedService>> },
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
  const network = toNetworkName(composeProject);
  return Object.fromEntries(
    [...groups].map(([service, group]) => [service, observeService(group, network, services[service] ?? unexpected)]),
  );
}

const unexpected: ExpectedService = { replicas: 0 };

/** Tells a container that `docker compose run` made from a service's own. */
export function isOneOff(container: Pick<ContainerFacts, "labels">): boolean {
  return container.labels["com.docker.compose.oneoff"] === "True";
}

/**
 * Tells a container that Compose made for the project from one with the same labels: `docker commit` puts a container's labels into the image, and they come back in
 * whatever is run from it. Compose notes the image's id in a label, and that one is then another's.
 */
export function isMember(composeProject: string, container: Pick<ContainerFacts, "labels" | "imageId">): boolean {
  const project = container.labels["com.docker.compose.project"];
  const imageId = container.labels["com.docker.compose.image"];
  return (
    (project === undefined || project === composeProject) && (imageId === undefined || imageId === container.imageId)
  );
}

function observeService(
  containers: readonly ContainerFacts[],
  network: string,
  expected: ExpectedService,
): ObservedService {
  const sorted = [...containers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const running = sorted.filter((container) => container.state === "running");
  const addresses = running.flatMap((container) => container.addresses[network] ?? []);
  return {
    status: statusOf(sorted, addresses, expected),
    addresses,
    containers: sorted.map((container) => container.name),
  };
}

/** The worst of a service's containers decides. */
function statusOf(
  containers: readonly ContainerFacts[],
  addresses: readonly string[],
  expected: ExpectedService,
): ServiceStatus {
  const some = (test: (container: ContainerFacts) => boolean) => containers.some(test);
  const isLive = some(({ state }) => state === "running" || state === "paused" || state === "restarting");
  if (expected.replicas === 0 && !isLive) return "off";
  if (containers.length === 0) return "missing";
  if (some((container) => container.state === "restarting")) return "restarting";
  const ended = containers.filter((container) => container.state !== "running" && container.state !== "paused");
  if (ended.some((container) => container.state !== "exited" || container.exitCode !== 0)) return "exited";
  // A server that is stopped ends with 0 as well; what had an address when it was last up was no job.
  const isServer = (expected.addresses ?? []).length > 0;
  if (ended.length > 0) return ended.length === containers.length && !isServer ? "done" : "exited";
  if (some((container) => container.state === "paused")) return "paused";
  if (isDetached(containers, addresses, expected)) return "detached";
  if (some((container) => container.health === "unhealthy")) return "unhealthy";
  if (some((container) => container.health === "starting")) return "starting";
  return containers.length < expected.replicas ? "missing" : "running";
}

/** Off the network, or put back on it by hand, at another address and without its names. Several containers cannot all have the one address. */
function isDetached(
  containers: readonly ContainerFacts[],
  addresses: readonly string[],
  { address = null }: ExpectedService,
): boolean {
  return address !== null && containers.length === 1 && !addresses.includes(address);
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
