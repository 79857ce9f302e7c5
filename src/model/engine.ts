/** What cilo takes from the engine's replies, parsed once; nothing else of them is used. */

export type ContainerState = "created" | "restarting" | "running" | "removing" | "paused" | "exited" | "dead";
export type ContainerHealth = "none" | "starting" | "healthy" | "unhealthy";

/** A container as the engine lists it. */
export interface ContainerFacts {
  id: string;
  /** Without the leading slash. */
  name: string;
  labels: Record<string, string>;
  state: ContainerState;
  health: ContainerHealth;
  /** Of a container that ended (the list says it in its status text, "Exited (0) 2 minutes ago"), else null. */
  exitCode: number | null;
  /** IPv4 address by network name; only of networks it has an address on now. */
  addresses: Record<string, string>;
  /** Ids of its networks by name, also while it does not run. */
  networkIds?: Record<string, string>;
  image: string;
  /** "sha256:…" of the image it was made of. */
  imageId: string;
}

/** What inspecting one container adds. */
export interface ContainerDetails extends ContainerFacts {
  /** Names of the volumes it mounts. */
  volumes: string[];
  /** Volumes without a name that the engine made for this very container; not those carried over from the one before it. */
  anonymousVolumes: string[];
  /** When it was last started, ISO 8601; "" or year 1 when it never was. */
  startedAt: string;
  /** How often its restart policy has started it again. */
  restartCount: number;
}

export interface NetworkFacts {
  id: string;
  name: string;
  labels: Record<string, string>;
  driver: string;
  /** IPv4 subnets, CIDR text. */
  subnets: string[];
}

export interface VolumeFacts {
  name: string;
  labels: Record<string, string>;
}

export interface ImageFacts {
  id: string;
  tags: string[];
  labels: Record<string, string>;
  /** Of all its layers, also those that it has in common with others. */
  sizeBytes: number;
}

/** How the last layer of an image, or what was last noted in it, came about. */
export interface ImageOrigin {
  /** The command line: of a step of a build, or of the container that the image was committed from. */
  createdBy: string;
  /** "buildkit.dockerfile.v0", "Imported from -", or what somebody who committed a container had to say. */
  comment: string;
}

export interface EngineFacts {
  /** As DOCKER_HOST takes it. */
  endpoint: string;
  id: string;
  version: string;
  operatingSystem: string;
  /** Whether the engine says it runs rootless. */
  rootless: boolean;
  /** Why the addresses of containers cannot be reached from this machine, in one sentence; null when they can. */
  unreachableBecause: string | null;
}

/** A change of a container that can move names: it started, died, became healthy, joined or left a network. */
export interface EngineEvent {
  type: "container" | "network";
  action: string;
  /** Container id; for network events the container that joined or left, null for others. */
  containerId: string | null;
  labels: Record<string, string>;
}
