import { CiloError } from "../base/errors.ts";
import type { ContainerFacts, NetworkFacts, VolumeFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { keptNetworksInUse } from "../model/kept-networks.ts";
import { labelKeys } from "../model/labels.ts";
import { ownNetworkKey, toNetworkName } from "../model/names.ts";
import { isMember, isOfCompose } from "../model/observation.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";

/** Everything on the engine, whoever made it. */
export interface EngineObjects {
  containers: readonly ContainerFacts[];
  networks: readonly NetworkFacts[];
  volumes: readonly VolumeFacts[];
}

/** Lists them. Compose goes by names: what has one of ours and is not ours would be started, stopped or removed with it. */
export async function listObjects(
  engine: Pick<RuntimeProvider, "listContainers" | "listNetworks" | "listVolumes">,
): Promise<{ containers: ContainerFacts[]; networks: NetworkFacts[]; volumes: VolumeFacts[] }> {
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({}),
    engine.listNetworks({}),
    engine.listVolumes({}),
  ]);
  return { containers, networks, volumes };
}

/** Something that has one of our names, or calls itself part of our Compose project, and is not ours. */
export interface ForeignObject {
  kind: "container" | "network" | "volume";
  name: string;
  /** The environment it belongs to, "shop/green", where cilo made it. */
  holder?: string;
}

/** Compose takes for a project's what carries this label with the project's name. */
const composeProjectLabel = "com.docker.compose.project";

/** Tells whether an object is this environment's own, by its labels: a name alone decides nothing. */
export function isOwn(
  environment: Pick<Environment, "id">,
  installation: string,
  labels: Record<string, string>,
): boolean {
  return labels[labelKeys.id] === environment.id && labels[labelKeys.installation] === installation;
}

/** The same for a container, whose labels may have come with the image it was made of. */
export function isOwnContainer(
  environment: Pick<Environment, "id" | "composeProject">,
  installation: string,
  container: Pick<ContainerFacts, "labels" | "imageId" | "name">,
): boolean {
  const { composeProject } = environment;
  return (
    isOwn(environment, installation, container.labels) &&
    container.labels[composeProjectLabel] === composeProject &&
    isMember(composeProject, container)
  );
}

export interface ForeignSearch {
  environment: Pick<Environment, "id" | "composeProject" | "services">;
  installation: string;
  objects: EngineObjects;
  /** Names on the engine of the volumes the project is about to use. */
  volumeNames: readonly string[];
  /** Names that its containers have besides those Compose makes up. */
  containerNames?: readonly string[];
}

/**
 * Finds what Compose would take for this environment's although cilo did not make it: containers and networks of the same Compose project or of a name that one of ours
 * will have, and volumes the project is about to use.
 */
export function findForeignObjects(search: ForeignSearch): ForeignObject[] {
  const { environment, installation, objects } = search;
  const { composeProject } = environment;
  const claims = (labels: Record<string, string>) => labels[composeProjectLabel] === composeProject;
  const usualNames = Object.entries(environment.services).flatMap(([service, { replicas }]) =>
    Array.from({ length: Math.max(replicas, 1) }, (_, index) => `${composeProject}-${service}-${index + 1}`),
  );
  const containerNames = new Set([...usualNames, ...(search.containerNames ?? [])]);
  const networkKeys = [ownNetworkKey, ...keptNetworksInUse(environment)];
  const networkNames = new Set(networkKeys.map((key) => toNetworkName(composeProject, key)));
  const volumeNames = new Set(search.volumeNames);
  const containers = objects.containers
    .filter((container) => containerNames.has(container.name) || (claims(container.labels) && isOfCompose(container)))
    .filter((container) => !isOwnContainer(environment, installation, container));
  const networks = objects.networks
    .filter(({ name, labels }) => networkNames.has(name) || claims(labels))
    .filter(({ labels }) => !isOwn(environment, installation, labels));
  const volumes = objects.volumes
    .filter(({ name }) => volumeNames.has(name))
    .filter(({ labels }) => !isOwn(environment, installation, labels));
  return [
    ...containers.map((container) => toForeignObject("container", container)),
    ...networks.map((network) => toForeignObject("network", network)),
    ...volumes.map((volume) => toForeignObject("volume", volume)),
  ];
}

function toForeignObject(
  kind: ForeignObject["kind"],
  { name, labels }: { name: string; labels: Record<string, string> },
): ForeignObject {
  const { [labelKeys.project]: project, [labelKeys.environment]: environment } = labels;
  return { kind, name, ...(project && environment ? { holder: `${project}/${environment}` } : {}) };
}

/** @throws CILO_FOREIGN_RESOURCE naming every one of them. */
export function refuseForeignObjects(environmentKey: string, foreign: readonly ForeignObject[]): void {
  const [first] = foreign;
  if (!first) return;
  const list = foreign
    .map(({ kind, name, holder }) => `${kind} ${name}${holder ? ` of environment ${holder}` : ""}`)
    .join(", ");
  throw new CiloError(
    "CILO_FOREIGN_RESOURCE",
    `${environmentKey} needs names that are taken by what cilo did not create for it: ${list}`,
    {
      hint: first.holder
        ? `see "cilo status ${first.holder}"; give each copy a name of its own where .cilo/compose.user.yml gives a fixed one`
        : `look at it with "docker ${first.kind} inspect ${first.name}", then rename or remove it yourself`,
      details: { foreign },
    },
  );
}
