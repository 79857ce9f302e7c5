import type { ContainerCreateOptions, default as Docker, DockerOptions } from "dockerode";
import type { ContainerExecution, ProbeContainerSpec } from "../probe-runtime.ts";
import type { NetworkSpec } from "../provider.ts";
import type { Connection } from "./connection.ts";
import { httpModule } from "./http-module.ts";

/** The engine's requests that change something; each rejects as dockerode does, also when its signal is aborted. */
export interface EngineApi {
  /** @returns the network's id. */
  createNetwork(spec: NetworkSpec, signal: AbortSignal): Promise<string>;
  removeNetwork(id: string, signal: AbortSignal): Promise<void>;
  /** Ends it if it runs; its volumes stay unless those without a name are to go. */
  removeContainer(id: string, options: { volumes: boolean; signal: AbortSignal }): Promise<void>;
  removeVolume(name: string, signal: AbortSignal): Promise<void>;
  removeImage(id: string, signal: AbortSignal): Promise<void>;
  /** @returns the container's id. */
  createProbeContainer(spec: ProbeContainerSpec, signal: AbortSignal): Promise<string>;
  startContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Starts a program in a running container. Aborting the signal leaves its output, and the program runs on. */
  execute(id: string, execution: Omit<ContainerExecution, "timeoutMs">): Promise<RunningExecution>;
}

/** A program in a container, and what it writes. */
export interface RunningExecution {
  /** In frames, as a container's log. */
  stream: AsyncIterable<Buffer>;
  /** To be asked when the stream has ended; null while the engine has not noted it. */
  exitCode(): Promise<number | null>;
}

/** Loads dockerode, which takes about 150 ms; only here, and only for what changes the engine. */
export async function loadEngineApi(connection: Connection): Promise<EngineApi> {
  const { default: Dockerode } = await import("dockerode");
  const docker: Docker = new Dockerode(toDockerOptions(connection));
  return {
    async createNetwork(spec, signal) {
      const network = await docker.createNetwork({
        abortSignal: signal,
        Name: spec.name,
        Driver: "bridge",
        // Engines before 25 otherwise allow two networks of one name; later ones never do and ignore it.
        CheckDuplicate: true,
        Internal: spec.internal,
        IPAM: {
          Driver: "default",
          Config: [{ Subnet: spec.subnet, Gateway: spec.gateway, IPRange: spec.ipRange }],
        },
        Labels: spec.labels,
      });
      return network.id;
    },
    async removeNetwork(id, signal) {
      await docker.getNetwork(id).remove({ abortSignal: signal });
    },
    async removeContainer(id, { volumes, signal }) {
      await docker.getContainer(id).remove({ abortSignal: signal, force: true, v: volumes });
    },
    async removeVolume(name, signal) {
      await docker.getVolume(name).remove({ abortSignal: signal });
    },
    async removeImage(id, signal) {
      await docker.getImage(id).remove({ abortSignal: signal });
    },
    async createProbeContainer(spec, signal) {
      const container = await docker.createContainer({ ...toProbeOptions(spec), abortSignal: signal });
      return container.id;
    },
    async startContainer(id, signal) {
      await docker.getContainer(id).start({ abortSignal: signal });
    },
    execute: (id, execution) => execute(docker, id, execution),
  };
}

async function execute(
  docker: Docker,
  id: string,
  { command, env = {}, signal }: Omit<ContainerExecution, "timeoutMs">,
): Promise<RunningExecution> {
  const execution = await docker.getContainer(id).exec({
    abortSignal: signal,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...command],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  });
  const stream = await execution.start({ abortSignal: signal, Detach: false, Tty: false });
  return {
    stream,
    exitCode: async () => (await execution.inspect({ abortSignal: signal })).ExitCode,
  };
}

/** It gets nothing that a connection does not need, and the engine removes it when it ends, whatever became of cilo. */
function toProbeOptions({ image, joins, command, labels }: ProbeContainerSpec): ContainerCreateOptions {
  return {
    Image: image,
    Entrypoint: [...command],
    Cmd: [],
    Labels: labels,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      NetworkMode: `container:${joins}`,
      AutoRemove: true,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      LogConfig: { Type: "none", Config: {} },
    },
  };
}

/**
 * Every field that dockerode would otherwise take from DOCKER_HOST and its like is given: the endpoint in use is the pinned one,
 * whatever the shell says. No version: see `getJson`.
 */
function toDockerOptions({ address, tls }: Connection): DockerOptions {
  const certificates = { ca: tls?.ca ?? undefined, cert: tls?.cert ?? undefined, key: tls?.key ?? undefined };
  const place =
    address.kind === "unix"
      ? { socketPath: address.path, host: undefined, port: undefined }
      : { socketPath: undefined, host: address.host, port: address.port };
  const { Agent } = httpModule(tls !== null);
  const options = {
    ...place,
    ...certificates,
    protocol: tls === null ? "http" : "https",
    agent: new Agent(),
    version: undefined,
    timeout: undefined,
    pathPrefix: "/",
  };
  return options as unknown as DockerOptions;
}
