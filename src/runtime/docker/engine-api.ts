import type { default as Docker, DockerOptions } from "dockerode";
import type { NetworkSpec } from "../provider.ts";
import type { Connection } from "./connection.ts";
import { httpModule } from "./http-module.ts";

/** The engine's requests that change something; each rejects as dockerode does. */
export interface EngineApi {
  /** @returns the network's id. */
  createNetwork(spec: NetworkSpec): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  /** Ends it if it runs; its volumes stay. */
  removeContainer(id: string): Promise<void>;
  removeVolume(name: string): Promise<void>;
  removeImage(id: string): Promise<void>;
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
    async removeContainer(id) {
      await docker.getContainer(id).remove({ ...limit(), force: true, v: false });
    },
    async removeVolume(name) {
      await docker.getVolume(name).remove(limit());
    },
    async removeImage(id) {
      await docker.getImage(id).remove(limit());
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
