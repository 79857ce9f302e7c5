import { type ComposeService, sortedServices } from "./model.ts";
import type { ProjectReading } from "./project.ts";

/**
 * Where a service's network comes from in an environment.
 * `environment`: the environment's own network, whatever networks the project gives it.
 * `provider`: it has no container of Compose's. `shared`: its container is another's, connected to the environment's network.
 */
export type NetworkMode =
  | { kind: "environment" | "none" | "host" | "provider" | "shared" }
  | { kind: "service"; service: string }
  /** Joins a container that is not this project's. */
  | { kind: "container"; container: string };

/** The network mode of every service, a container of this project named by its container_name counting as its service. */
export function networkModesOf(reading: ProjectReading): Map<string, NetworkMode> {
  const owners = containerNameOwners(reading);
  const modes = sortedServices(reading.base).map(([name, service]): [string, NetworkMode] => {
    if (reading.options.sharedServices.includes(name)) return [name, { kind: "shared" }];
    const mode = networkModeOf(service, owners);
    const isConverted = mode.kind === "host" && reading.options.hostNetwork === "convert";
    return [name, isConverted ? { kind: "environment" } : mode];
  });
  return new Map(modes);
}

function networkModeOf(service: ComposeService, owners: ReadonlyMap<string, string>): NetworkMode {
  if (service.provider !== undefined && service.provider !== null) return { kind: "provider" };
  const mode = service.network_mode ?? "";
  if (mode === "none" || mode === "host") return { kind: mode };
  const target = parseNamespace(mode, owners);
  if (target !== null) return target;
  // "", "bridge", "default", and the name of a network that exists outside the project.
  return { kind: "environment" };
}

/** Reads `service:x` and `container:x`, as network_mode, pid and ipc have them; null for anything else. */
export function parseNamespace(
  mode: string,
  owners: ReadonlyMap<string, string>,
): Extract<NetworkMode, { kind: "service" | "container" }> | null {
  if (mode.startsWith("service:")) return { kind: "service", service: mode.slice("service:".length) };
  if (!mode.startsWith("container:")) return null;
  const container = mode.slice("container:".length);
  const owner = owners.get(container);
  return owner === undefined ? { kind: "container", container } : { kind: "service", service: owner };
}

/** The service of each container_name; where exclusive profiles share one, the active service. */
export function containerNameOwners(reading: Pick<ProjectReading, "base" | "active">): Map<string, string> {
  const active = new Set(reading.active);
  const owners = new Map<string, string>();
  for (const [name, { container_name: container }] of sortedServices(reading.base)) {
    if (container && (!owners.has(container) || !active.has(owners.get(container) ?? ""))) owners.set(container, name);
  }
  return owners;
}

/** Follows `network_mode: service:x` to the service that has the address; null when it ends on none, or in a circle. */
export function addressOwnerOf(service: string, modes: ReadonlyMap<string, NetworkMode>): string | null {
  const seen = new Set<string>();
  for (let current = service; !seen.has(current); ) {
    seen.add(current);
    const mode = modes.get(current);
    if (mode?.kind === "environment") return current;
    if (mode?.kind !== "service") return null;
    current = mode.service;
  }
  return null;
}
