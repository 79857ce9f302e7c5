/** What an environment is doing or was last seen doing. `degraded`: some service is down or unhealthy. */
export const environmentStatuses = [
  "created",
  "starting",
  "running",
  "degraded",
  "stopped",
  "failed",
  "destroying",
] as const;
export type EnvironmentStatus = (typeof environmentStatuses)[number];

/** A `server` that ends has failed, whatever its exit code; a `job` has then done its work. */
export const servicePurposes = ["server", "job"] as const;
export type ServicePurpose = (typeof servicePurposes)[number];

/** A service of an environment as state keeps it: what was reserved for it and what was last seen of it. */
export interface Service {
  /**
   * The address reserved for it, in the first of its networks, kept until the environment is destroyed; in the others
   * it has the same host part. Null for replicas and for services without a network of their own.
   */
  address: string | null;
  /**
   * Keys of the environment's networks that it is on: the own one first, if it is, then kept ones by key. Absent: not
   * known.
   */
  networks?: string[];
  /** The addresses its running containers have, last seen; several with replicas, none while it is down. */
  addresses: string[];
  /** Name of its (first) container, last seen. */
  container: string | null;
  /** TCP ports it exposes or would publish, ascending. */
  ports: number[];
  /** Names asked for with the label `cilo.hostnames`; one without a dot is relative to the environment. */
  hostnames: string[];
  ingress: boolean;
  shared: boolean;
  /** Containers it is meant to have with the environment's profiles; 0 when it is not meant to run. */
  replicas: number;
  /**
   * Whether it is to go on running or to end with exit code 0, as far as the project says. Absent: it says neither, and both are well.
   */
  purpose?: ServicePurpose;
  /** The service whose network namespace it lives in (`network_mode: service:x`); it answers with that one's address. */
  namespaceOf: string | null;
}

/** What is being done to an environment, so that a crash in the middle can be recovered from. */
export interface Operation {
  kind: OperationKind;
  pid: number;
  /** Opaque; with `bootId` it tells the process from a later one of the same pid. */
  startTime: string;
  bootId: string;
  /** The `docker compose` child under way, which outlives a killed parent. */
  child: { pid: number; startTime: string; bootId: string } | null;
  step: string;
  startedAt: string;
}

export const operationKinds = ["create", "up", "down", "destroy", "migrate"] as const;
export type OperationKind = (typeof operationKinds)[number];

/** One copy of a project: its record in state. Times are ISO 8601 in UTC. */
export interface Environment {
  id: string;
  project: string;
  name: string;
  createdAt: string;
  /** The directory it was copied from. */
  source: string;
  /** Path of the project inside the workspace, "" when they are the same (a project in a repository's subdirectory is not). */
  projectPath: string;
  /** CIDR of its network. */
  subnet: string;
  /**
   * Networks of the project that it keeps apart (`networks: preserve`): the CIDR of each by its key in the copy, reserved
   * until it is destroyed. Absent: none.
   */
  keptNetworks?: Record<string, string>;
  status: EnvironmentStatus;
  /** DNS suffix, "test" unless the project chose another. */
  suffix: string;
  /** Whether `service.env.suffix` is this environment's; decided at creation and never moved. */
  shortNames: boolean;
  composeProject: string;
  /** Compose files chosen with `.cilo/config.yml` or flags, relative to the project; empty: Compose's own rules. */
  composeFiles: string[];
  /** Profiles in use: those chosen for this environment, else what its files said when they were last read. */
  profiles: string[];
  /** Whether `profiles` were chosen for this environment (`--profile`), and so win over the project's. Absent: no. */
  profilesChosen?: boolean;
  services: Record<string, Service>;
  sharedServices: string[];
  sharedNetworks: string[];
  /** Volumes without a name, removed with the environment. */
  anonymousVolumes: string[];
  /** Ids of the images that were built for it, also those that have lost their names since; absent: none. */
  builtImages?: string[];
  operation: Operation | null;
  /** What was chosen when its destruction was begun, for whoever has to finish it. Absent: it never was. */
  destruction?: { keepWorkspace: boolean; undo: boolean };
  /** What the last failed operation said. */
  lastError: string | null;
}

/** `shop/login`: how an environment is named exactly. */
export type EnvironmentKey = `${string}/${string}`;

/** The exact name of an environment. */
export function keyOf(environment: { project: string; name: string }): EnvironmentKey {
  return `${environment.project}/${environment.name}`;
}

/** A service's record before anything is known of it. */
export function emptyService(): Service {
  return {
    address: null,
    addresses: [],
    container: null,
    ports: [],
    hostnames: [],
    ingress: false,
    shared: false,
    replicas: 1,
    namespaceOf: null,
  };
}
