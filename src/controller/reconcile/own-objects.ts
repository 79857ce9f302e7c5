import type { ContainerFacts, NetworkFacts } from "../../model/engine.ts";
import type { Environment } from "../../model/environment.ts";
import { labelKeys } from "../../model/labels.ts";
import { isMember } from "../../model/observation.ts";
import { isOwn, isOwnContainer } from "../conflicts.ts";
import type { ObservedEngine } from "./observation.ts";

/** What the engine has of one environment. */
export interface OwnObjects {
  /** Made by Compose; one-offs are among them. */
  containers: ContainerFacts[];
  /** Made by `cilo verify` to probe from. */
  probes: ContainerFacts[];
  networks: NetworkFacts[];
}

/** Picks them by their labels: a name alone decides nothing. */
export function findOwnObjects(
  installation: string,
  engine: Pick<ObservedEngine, "containers" | "networks">,
  environment: Pick<Environment, "id" | "composeProject">,
): OwnObjects {
  const labelled = engine.containers.filter(({ labels }) => isOwn(environment, installation, labels));
  return {
    containers: labelled.filter((container) => isOwnContainer(environment, installation, container)),
    probes: labelled.filter(({ labels }) => labels[labelKeys.probe] !== undefined),
    networks: engine.networks.filter(({ labels }) => isOwn(environment, installation, labels)),
  };
}

/**
 * False for what somebody runs from an image committed from one of cilo's containers, whose labels such an image brings
 * along. For containers whose environment is not known any more.
 */
export function isMade(container: ContainerFacts): boolean {
  return isMember(container.labels["com.docker.compose.project"] ?? "", container);
}

/** Whether a probe's time is over; one without a time that can be read has none. */
export function isStaleProbe({ labels }: Pick<ContainerFacts, "labels">, now: Date): boolean {
  const inUseUntil = labels[labelKeys.probe];
  return inUseUntil !== undefined && !(Date.parse(inUseUntil) > now.getTime());
}
