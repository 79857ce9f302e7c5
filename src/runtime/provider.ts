import type { ExecOptions, ExecResult } from "../base/exec.ts";
import type {
  ContainerDetails,
  ContainerFacts,
  EngineEvent,
  EngineFacts,
  ImageFacts,
  ImageOrigin,
  NetworkFacts,
  VolumeFacts,
} from "../model/engine.ts";
import type { ProbeRuntime } from "./probe-runtime.ts";
import type { VolumeArchive } from "./volume-archive.ts";

/** Only objects that carry all these labels, with these values. Empty: all objects. */
export type LabelFilter = Record<string, string>;

export interface NetworkSpec {
  name: string;
  /** CIDR text. */
  subnet: string;
  gateway: string;
  /** CIDR text, the engine's own dynamic range. */
  ipRange: string;
  /** Without a way out: its containers reach each other and nothing else. */
  internal: boolean;
  labels: Record<string, string>;
}

/** How `docker compose` is run; it always gets the pinned engine's endpoint. */
export interface ComposeInvocation extends Omit<ExecOptions, "maxOutputBytes"> {
  args: readonly string[];
  /**
   * Whether it works with the engine, so that it is ended when that answers nobody any more. `config` reads files only.
   */
  usesEngine?: boolean;
}

/** How long a provider waits for its engine. */
export interface RuntimeLimits {
  /** For a question, in milliseconds. */
  questionTimeoutMs?: number;
}

/**
 * What cilo asks of a container engine. Every removal is idempotent: what is gone already is no error.
 * All methods may throw CILO_ENGINE_UNREACHABLE and CILO_ENGINE_REQUEST_FAILED.
 */
export interface RuntimeProvider extends AsyncDisposable {
  /** As DOCKER_HOST takes it. */
  readonly endpoint: string;
  /** Who answers there. */
  info(): Promise<EngineFacts>;

  /** Containers in any state, without loading anything heavy. */
  listContainers(filter: LabelFilter): Promise<ContainerFacts[]>;
  /** Null when it is gone. */
  inspectContainer(id: string): Promise<ContainerDetails | null>;
  /** @param options.volumes whether those go with it that the engine made for it without a name; default: they stay. */
  removeContainer(id: string, options?: { volumes: boolean }): Promise<void>;
  /** The last lines a container wrote, stdout and stderr together. */
  containerLogs(id: string, lines: number): Promise<string>;

  listNetworks(filter: LabelFilter): Promise<NetworkFacts[]>;
  /** @throws CILO_SUBNET_TAKEN when the engine finds the subnet overlapping another network. */
  createNetwork(spec: NetworkSpec): Promise<NetworkFacts>;
  removeNetwork(id: string): Promise<void>;

  listVolumes(filter: LabelFilter): Promise<VolumeFacts[]>;
  /**
   * What volumes take on the engine's disk, in bytes, by name; those of which it is not known are left out. The engine
   * looks at every file: it may take long.
   */
  volumeSizes(): Promise<Record<string, number>>;
  removeVolume(name: string): Promise<void>;

  listImages(filter: LabelFilter): Promise<ImageFacts[]>;
  /** Null when the image is gone, or does not say. */
  imageOrigin(id: string): Promise<ImageOrigin | null>;
  removeImage(id: string): Promise<void>;

  /**
   * Container and network events from now on, of objects with the label `cilo`; a network's events have the network's labels and, when a
   * container joined or left it, that one's id. Starts with the first `next()`. Ends without a throw when `signal` is aborted, and throws
   * CILO_ENGINE_UNREACHABLE when the engine goes away.
   * @param onReady called once the engine has accepted the subscription: nothing after that moment is missed.
   */
  events(signal: AbortSignal, onReady: () => void): AsyncIterable<EngineEvent>;

  /**
   * Runs `docker compose`; does not throw when it fails, but CILO_COMPOSE_MISSING when there is none, and
   * CILO_ENGINE_UNREACHABLE when the engine was lost meanwhile.
   */
  compose(invocation: ComposeInvocation): Promise<ExecResult>;
  /**
   * The version of `docker compose`, "2.26.1".
   * @throws CILO_COMPOSE_MISSING, CILO_COMPOSE_TOO_OLD
   */
  composeVersion(): Promise<string>;

  /** Looking into containers, and probing from inside them. */
  readonly probing: ProbeRuntime;

  /** Saving volumes and bringing them back. */
  readonly volumes: VolumeArchive;
}
