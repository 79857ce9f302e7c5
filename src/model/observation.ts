import type { ContainerFacts } from "./engine.ts";
import type { Environment, EnvironmentStatus, Service } from "./environment.ts";
import { labelKeys } from "./labels.ts";
import { toNetworkName } from "./names.ts";

/** How a service does. `done`: its containers ended with exit code 0; `off`: it is not meant to run; `missing`: it is, and has no container. */
export type ServiceStatus =
  | "running"
  | "starting"
  | "unhealthy"
  | "restarting"
  | "paused"
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

/**
 * Groups an environment's containers by service. One-off containers (`compose run`) are left out: they have no name.
 * @param containers those with the environment's id; any order.
 */
export function observeServices(
  environment: Pick<Environment, "composeProject"> & { services: Readonly<Record<string, Pick<Service, "replicas">>> },
  containers: readonly ContainerFacts[],
): ObservedServices {
  const network = toNetworkName(environment.composeProject);
  const groups = new Map<string, ContainerFacts[]>();
  for (const service of Object.keys(environment.services)) groups.set(service, []);
  for (const container of containers) {
    const service = container.labels[labelKeys.service];
    if (service === undefined || isOneOff(container)) continue;
    const group = groups.get(service);
    if (group) group.push(container);
    else groups.set(service, [container]);
  }
  const observed: ObservedServices = {};
  for (const [service, group] of groups) {
    observed[service] = observeService(group, network, environment.services[service]?.replicas ?? 0);
  }
  return observed;
}

/** Tells a container that `docker compose run` made from a service's own. */
export function isOneOff(container: Pick<ContainerFacts, "labels">): boolean {
  return container.labels["com.docker.compose.oneoff"] === "True";
}

function observeService(containers: readonly ContainerFacts[], network: string, replicas: number): ObservedService {
  const sorted = [...containers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const running = sorted.filter((container) => container.state === "running");
  return {
    status: statusOf(sorted, replicas),
    addresses: running.flatMap((container) => container.addresses[network] ?? []),
    containers: sorted.map((container) => container.name),
  };
}

/** The worst of a service's containers decides. */
function statusOf(containers: readonly ContainerFacts[], replicas: number): ServiceStatus {
  if (containers.length === 0) return replicas === 0 ? "off" : "missing";
  const some = (test: (container: ContainerFacts) => boolean) => containers.some(test);
  if (some((container) => container.state === "restarting")) return "restarting";
  const ended = containers.filter((container) => container.state !== "running" && container.state !== "paused");
  if (ended.some((container) => container.state !== "exited" || container.exitCode !== 0)) return "exited";
  if (ended.length === containers.length) return "done";
  if (some((container) => container.state === "paused")) return "paused";
  if (some((container) => container.health === "unhealthy")) return "unhealthy";
  if (some((container) => container.health === "starting")) return "starting";
  return containers.length < replicas ? "missing" : "running";
}

/** Tells whether a service is as it should be: it runs (healthy, where it has a health check), has done its work, or is not meant to run. */
export function isSettled(service: ObservedService): boolean {
  return service.status === "running" || service.status === "done" || service.status === "off";
}

/**
 * What an environment's status really is: state's word for what an operation is doing, the engine's for what runs. State says "running" only of what does.
 */
export function judgeStatus(recorded: EnvironmentStatus, observed: ObservedServices): EnvironmentStatus {
  if (recorded === "destroying" || recorded === "starting" || recorded === "failed") return recorded;
  const services = Object.values(observed);
  const hasContainers = services.some((service) => service.containers.length > 0);
  if (!hasContainers) return recorded === "created" ? "created" : "stopped";
  const live = services.some((service) => service.status !== "off" && service.addresses.length > 0);
  if (!live && !services.some((service) => service.status === "running")) {
    return services.every(isSettled) ? "running" : "stopped";
  }
  return services.every(isSettled) ? "running" : "degraded";
}
