import type { ContainerEndpoint, ContainerSetup } from "../../model/container-setup.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import type { ListeningSocket } from "./listening-sockets.ts";

/** One of the two environments, as the engine shows it at one moment. */
export interface Subject {
  environment: Environment;
  /** "shop/login" */
  key: string;
  /** All of its containers, in any state, by name. */
  containers: ContainerSetup[];
  /** Ids of the networks that carry its label, whether or not a container of it is on them. */
  networkIds: ReadonlySet<string>;
  namespaces: Namespace[];
}

/** A network namespace of running containers that is on some network: where packets leave and arrive. */
export interface Namespace {
  /** The environment's key. */
  environment: string;
  /** The container that it was made for; others may have joined it. */
  owner: ContainerSetup;
  /** The owner's places in networks where it has addresses. */
  endpoints: ContainerEndpoint[];
  /** Equal for namespaces that are on the same networks: the engine filters packets by network. */
  position: string;
  /** Null when they could not be read. */
  sockets: ListeningSocket[] | null;
}

export interface SubjectFacts {
  environment: Environment;
  containers: readonly ContainerSetup[];
  networkIds: readonly string[];
  /** By container id; a container whose sockets could not be read is absent. */
  sockets: ReadonlyMap<string, readonly ListeningSocket[]>;
}

/** Puts together what is known of an environment; any order of containers gives the same. */
export function toSubject({ environment, containers, networkIds, sockets }: SubjectFacts): Subject {
  const key = keyOf(environment);
  const sorted = [...containers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const namespaces = sorted.filter(isOnNetwork).map((owner): Namespace => {
    const endpoints = addressedEndpoints(owner);
    const listening = sockets.get(owner.id);
    return {
      environment: key,
      owner,
      endpoints,
      position: endpoints
        .map(({ networkId }) => networkId)
        .sort()
        .join(" "),
      sockets: listening === undefined ? null : [...listening],
    };
  });
  return { environment, key, containers: sorted, networkIds: new Set(networkIds), namespaces };
}

/**
 * Tells whether a container has an address of its own at this moment; in the machine's namespace, or another
 * container's, it has none. While it is paused the kernel goes on answering for it.
 */
export function isOnNetwork(container: ContainerSetup): boolean {
  const isAlive = container.state === "running" || container.state === "paused";
  return isAlive && addressedEndpoints(container).length > 0;
}

function addressedEndpoints({ endpoints }: ContainerSetup): ContainerEndpoint[] {
  return endpoints.filter(({ addresses }) => addresses.length > 0);
}

/** Every address of an environment's running containers. */
export function addressesOf(subject: Pick<Subject, "namespaces">): Set<string> {
  return new Set(subject.namespaces.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)));
}

/** Ids of the networks an environment is on or owns. */
export function networkIdsOf(subject: Pick<Subject, "containers" | "networkIds">): Set<string> {
  return new Set([
    ...subject.networkIds,
    ...subject.containers.flatMap(({ endpoints }) => endpoints.map(({ networkId }) => networkId)),
  ]);
}
