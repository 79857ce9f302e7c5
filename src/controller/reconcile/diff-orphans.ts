import { labelKeys } from "../../model/labels.ts";
import { usersOf } from "./diff-objects.ts";
import type { Difference, OrphanOwner } from "./difference.ts";
import type { Observation, ObservedEngine } from "./observation.ts";
import { isMade, isStaleProbe } from "./own-objects.ts";

/**
 * Finds what carries this installation's label and that of an environment which state does not know. What another
 * installation made, and what has no environment's id, is nobody's here.
 */
export function diffOrphans(observation: Observation, engine: ObservedEngine): Difference[] {
  const find = (labels: Record<string, string>) => findOwner(observation, labels);
  const containers = engine.containers.filter((container) => isOrphan(container, observation));
  const ids = new Set(containers.map(({ id }) => id));
  const others = engine.containers.filter(({ id }) => !ids.has(id));
  return [
    ...containers.flatMap((container): Difference[] => {
      const owner = find(container.labels);
      const { anonymousVolumes = [] } = engine.details[container.id] ?? {};
      return owner === null ? [] : [{ type: "orphan-container", owner, container, anonymousVolumes }];
    }),
    ...engine.networks.flatMap((network): Difference[] => {
      const owner = find(network.labels);
      const isInUse = usersOf(network, containers).length > 0;
      const strangers = usersOf(network, others);
      return owner === null ? [] : [{ type: "orphan-network", owner, network, isInUse, strangers }];
    }),
    ...engine.volumes.flatMap(({ name, labels }): Difference[] => {
      const owner = find(labels);
      return owner === null ? [] : [{ type: "orphan-volume", owner, name }];
    }),
  ];
}

/** Whether a container is one that no environment of state accounts for. Its inspection is needed as well. */
export function isOrphan(
  container: ObservedEngine["containers"][number],
  observation: Pick<Observation, "state" | "holders" | "now">,
): boolean {
  if (findOwner(observation, container.labels) === null || !isMade(container)) return false;
  return container.labels[labelKeys.probe] === undefined || isStaleProbe(container, observation.now);
}

/** Null for what is not this installation's, and for what belongs to an environment or to one that is being made or removed. */
function findOwner(
  { state, holders }: Pick<Observation, "state" | "holders">,
  labels: Record<string, string>,
): OrphanOwner | null {
  const environmentId = labels[labelKeys.id];
  if (labels[labelKeys.installation] !== state.installation || environmentId === undefined) return null;
  const { environments } = state.hosts.local;
  const isKnown = Object.values(environments).some(({ id }) => id === environmentId);
  if (isKnown || holders[environmentId] !== undefined) return null;
  const { [labelKeys.project]: project, [labelKeys.environment]: name } = labels;
  const key = project === undefined || name === undefined ? null : `${project}/${name}`;
  return { environmentId, key, hasNamesake: key !== null && Object.hasOwn(environments, key) };
}
