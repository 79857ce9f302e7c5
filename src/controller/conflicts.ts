import { CiloError } from "../base/errors.ts";
import type { ContainerFacts, NetworkFacts, VolumeFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { toNetworkName } from "../model/names.ts";

/** Everything on the engine, whoever made it. */
export interface EngineObjects {
  containers: readonly ContainerFacts[];
  networks: readonly NetworkFacts[];
  volumes: readonly VolumeFacts[];
}

/** Something that has one of our names, or calls itself part of our Compose project, without our id. */
export interface ForeignObject {
  kind: "container" | "network" | "volume";
  name: string;
}

/** Tells whether an object is this environment's own. Names decide nothing. */
export function isOwn(
  environment: Pick<Environment, "id">,
  installation: string,
  labels: Record<string, string>,
): boolean {
  return labels[labelKeys.id] === environment.id && labels[labelKeys.installation] === installation;
}

/**
 * Finds what Compose would take for this environment's although cilo did not make it: containers of the same Compose project or of a name that a container of ours will
 * have, the network, and volumes the project is about to use.
 * @param volumeNames names of the volumes in the merged Compose model.
 */
export function findForeignObjects(options: {
  environment: Pick<Environment, "id" | "composeProject" | "services">;
  installation: string;
  objects: EngineObjects;
  volumeNames: readonly string[];
}): ForeignObject[] {
  const { environment, installation, objects, volumeNames } = options;
  const { composeProject } = environment;
  const isForeign = (object: { labels: Record<string, string> }) => !isOwn(environment, installation, object.labels);
  const containerNames = new Set(
    Object.entries(environment.services).flatMap(([service, { replicas }]) =>
      Array.from({ length: Math.max(replicas, 1) }, (_, index) => `${composeProject}-${service}-${index + 1}`),
    ),
  );
  const containers = objects.containers.filter(
    ({ name, labels }) => labels["com.docker.compose.project"] === composeProject || containerNames.has(name),
  );
  const networks = objects.networks.filter(({ name }) => name === toNetworkName(composeProject));
  const names = new Set(volumeNames);
  const volumes = objects.volumes.filter(({ name }) => names.has(name));
  return [
    ...containers.filter(isForeign).map(({ name }): ForeignObject => ({ kind: "container", name })),
    ...networks.filter(isForeign).map(({ name }): ForeignObject => ({ kind: "network", name })),
    ...volumes.filter(isForeign).map(({ name }): ForeignObject => ({ kind: "volume", name })),
  ];
}

/** @throws CILO_FOREIGN_RESOURCE naming every one of them. */
export function refuseForeignObjects(environmentKey: string, foreign: readonly ForeignObject[]): void {
  const [first] = foreign;
  if (!first) return;
  const list = foreign.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  throw new CiloError(
    "CILO_FOREIGN_RESOURCE",
    `${environmentKey} needs names that are taken by what cilo did not create: ${list}`,
    {
      hint: `look at it with "docker ${first.kind} inspect ${first.name}", then rename or remove it yourself`,
      details: { foreign },
    },
  );
}
