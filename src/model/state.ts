import { CiloError } from "../base/errors.ts";
import type { Environment } from "./environment.ts";

/** The version of the state file that this program writes. */
export const stateVersion = 3;

/** The engine that the environments live on; another one is refused. */
export interface PinnedEngine {
  /** As DOCKER_HOST takes it: "unix:///var/run/docker.sock". */
  endpoint: string;
  /** The engine's own id (`docker info`). */
  id: string;
}

export interface Host {
  provider: "docker";
  /** Null until an engine was first reached. */
  engine: PinnedEngine | null;
  /** By key, "shop/login". */
  environments: Record<string, Environment>;
}

/** The state file. `revision` grows by one with every write. */
export interface State {
  version: typeof stateVersion;
  /** Tells this CILO_HOME's objects on an engine from another's. */
  installation: string;
  revision: number;
  /** CIDR from which every environment gets a /24. */
  baseSubnet: string;
  /**
   * CIDR from which every network that an environment keeps gets one; it may overlap the other. Absent:
   * `defaultKeptBaseSubnet`, whatever the other is.
   */
  keptBaseSubnet?: string;
  dnsPort: number;
  suffix: string;
  hosts: { local: Host };
  sharedNetworks: Record<string, unknown>;
  sharedServices: Record<string, unknown>;
}

export const defaultBaseSubnet = "10.224.0.0/16";
export const defaultKeptBaseSubnet = "10.225.0.0/16";
export const defaultDnsPort = 5354;
export const defaultSuffix = "test";

/** State before anything was created. */
export function emptyState(installation: string): State {
  return {
    version: stateVersion,
    installation,
    revision: 0,
    baseSubnet: defaultBaseSubnet,
    dnsPort: defaultDnsPort,
    suffix: defaultSuffix,
    hosts: { local: { provider: "docker", engine: null, environments: {} } },
    sharedNetworks: {},
    sharedServices: {},
  };
}

/**
 * Looks an environment up by its id, for its names may have been given to another one meanwhile.
 * @throws CILO_ENVIRONMENT_NOT_FOUND
 */
export function requireEnvironment(state: State, id: string): Environment {
  const environment = Object.values(state.hosts.local.environments).find((candidate) => candidate.id === id);
  if (environment) return environment;
  throw new CiloError("CILO_ENVIRONMENT_NOT_FOUND", "the environment was removed meanwhile", {
    hint: 'run "cilo list" to see the environments there are',
    details: { id },
  });
}
