import { CiloError } from "../../base/errors.ts";
import { ownNetworkKey } from "../../model/names.ts";
import { toFullReference } from "../image-reference.ts";
import { type ComposeService, sortedServices } from "../model.ts";
import { containerNameOwners, parseNamespace } from "../network-mode.ts";
import type { ProjectReading } from "../project.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { addressFields, addressPattern } from "./old-addresses.ts";
import { mapping, override, reset, type YamlMapping } from "./render.ts";

/** An image that nothing is started from: Compose wants a service to have one. */
const noImage = "scratch";

/**
 * Leaves of each shared service a stub of no containers. What depends on it starts as before, and there is nothing to pull, to build or to make a volume for. (A
 * profile that is off would leave its dependents without what they depend on, and a removed service keeps running.)
 * @throws CILO_SERVICE_NOT_SHAREABLE
 */
export function stubSharedServices({ reading }: OverrideContext): Contribution {
  const shared = [...reading.options.sharedServices].sort();
  for (const name of shared) refuseUnshareable(reading, name);
  return {
    services: new Map(shared.map((name) => [name, toStub(reading.base.services[name] ?? {})])),
    findings: shared.map((name) => ({
      rule: "shared-service",
      action: "kept",
      shared: true,
      level: "note",
      path: ["services", name],
      statement: "is shared with other copies, so none is started for this one",
      hint: null,
    })),
  };
}

function toStub({
  deploy,
  build,
  image,
  ports,
  volumes,
  volumes_from: volumesFrom,
  ...service
}: ComposeService): YamlMapping {
  return mapping({
    scale: 0,
    // Compose refuses two different numbers, and to have both where one would do.
    ...(deploy?.replicas === undefined || deploy.replicas === null ? {} : { deploy: mapping({ replicas: 0 }) }),
    ...(build && !image ? { image: noImage } : {}),
    ...(build ? { build: reset() } : {}),
    ...(service.container_name ? { container_name: reset() } : {}),
    ...(ports ? { ports: reset([]) } : {}),
    ...(volumes ? { volumes: reset([]) } : {}),
    ...(volumesFrom ? { volumes_from: reset([]) } : {}),
    pull_policy: "never",
    networks: override(mapping({ [ownNetworkKey]: mapping({}) })),
  });
}

/** What lives in a service's namespaces, or on its volumes, needs that very container. */
function refuseUnshareable(reading: ProjectReading, name: string): void {
  const reason = findObstacle(reading, name);
  if (reason === null) return;
  throw new CiloError("CILO_SERVICE_NOT_SHAREABLE", `service ${name} cannot be shared between copies: ${reason}`, {
    hint: `leave ${name} to each copy`,
    details: { service: name },
  });
}

/** Why a service cannot be shared; null when it can. */
export function findObstacle(reading: ProjectReading, name: string): string | null {
  const service = Object.hasOwn(reading.base.services, name) ? reading.base.services[name] : undefined;
  if (service === undefined) return "the project has no such service";
  if (service.provider) return "it has no container";
  if (service.network_mode) return `its network_mode is ${service.network_mode}`;
  const others = sortedServices(reading.base).filter(([other]) => other !== name);
  return findUser(reading, name) ?? findImageUser(others, service) ?? findAddressUser(others, service);
}

type NamedService = [name: string, service: ComposeService];

/** Only the service itself would build it. */
function findImageUser(others: readonly NamedService[], { build, image }: ComposeService): string | null {
  if (!build || !image) return null;
  const reference = toFullReference(image);
  const alike = others.filter(([, other]) => other.image && toFullReference(other.image) === reference);
  const [user] = alike.some(([, other]) => other.build) ? [] : alike;
  return user === undefined ? null : `service ${user[0]} uses the image ${image}, which it builds`;
}

/** The shared container has another address in each copy, and nobody would know which. */
function findAddressUser(others: readonly NamedService[], { networks }: ComposeService): string | null {
  const addresses = Object.values(networks ?? {}).flatMap((attachment) => attachment?.ipv4_address ?? []);
  if (addresses.length === 0) return null;
  const pattern = addressPattern(addresses);
  const user = others.find(([, other]) =>
    addressFields.some((field) => JSON.stringify(other[field] ?? null).match(pattern)),
  );
  return user === undefined ? null : `service ${user[0]} names its address`;
}

function findUser(reading: ProjectReading, name: string): string | null {
  const owners = containerNameOwners(reading);
  const users = sortedServices(reading.base).flatMap(
    ([other, { network_mode: mode, pid, ipc, volumes_from: from }]) => {
      const isJoined = [mode, pid, ipc].some((value) => {
        const target = parseNamespace(value ?? "", owners);
        return target?.kind === "service" && target.service === name;
      });
      const isMounted = (from ?? []).some((entry) => volumesOwner(entry, owners) === name);
      return isJoined || isMounted ? [`service ${other} uses its ${isJoined ? "namespaces" : "volumes"}`] : [];
    },
  );
  return users[0] ?? null;
}

/** `service[:ro]` or `container:name[:ro]`. */
function volumesOwner(entry: string, owners: ReadonlyMap<string, string>): string | undefined {
  const [first, second = ""] = entry.split(":");
  return first === "container" ? owners.get(second) : first;
}
