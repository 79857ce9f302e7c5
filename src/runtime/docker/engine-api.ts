import type { ContainerCreateOptions, default as Docker, DockerOptions } from "dockerode";
import type { ContainerExecution, ProbeContainerSpec } from "../probe-runtime.ts";
import type { NetworkSpec } from "../provider.ts";
import type { Connection } from "./connection.ts";
import { httpModule } from "./http-module.ts";

/** The engine's requests that change something; each rejects as dockerode does. */
export interface EngineApi {
  /** @returns the network's id. */
  createNetwork(spec: NetworkSpec): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  /** Ends it if it runs; its volumes stay unless those without a name are to go. */
  removeContainer(id: string, options?: { volumes: boolean }): Promise<void>;
  removeVolume(name: string): Promise<void>;
  removeImage(id: string): Promise<void>;
  /** @returns the container's id. */
  createProbeContainer(spec: ProbeContainerSpec): Promise<string>;
  startContainer(id: string): Promise<void>;
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

/** The engine gives a container 10 s to end and then cleans up, which on a loaded machine takes long. */
const requestTimeoutMs = 120_000;

/** Loads dockerode, which takes about 150 ms; only here, and only for what changes the engine. */
export async function loadEngineApi(connection: Connection): Promise<EngineApi> {
  const { default: Dockerode } = await import("dockerode");
  const docker: Docker = new Dockerode(toDockerOptions(connection));
  const limit = () => ({ abortSignal: AbortSignal.timeout(requestTimeoutMs) });
  return {
    async createNetwork(spec) {
      const network = await docker.createNetwork({
        ...limit(),
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
    async removeNetwork(id) {
      await docker.getNetwork(id).remove(limit());
    },
    async removeContainer(id, { volumes } = { volumes: false }) {
      await docker.getContainer(id).remove({ ...limit(), force: true, v: volumes });
    },
    async removeVolume(name) {
      await docker.getVolume(name).remove(limit());
    },
    async removeImage(id) {
      await docker.getImage(id).remove(limit());
    },
    async createProbeContainer(spec) {
      const container = await docker.createContainer({ ...toProbeOptions(spec), ...limit() });
      return container.id;
    },
    async startContainer(id) {
      await docker.getContainer(id).start(limit());
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
