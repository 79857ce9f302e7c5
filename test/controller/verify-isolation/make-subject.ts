import type { ListeningSocket } from "../../../src/controller/verify-isolation/listening-sockets.ts";
import { type Subject, toSubject } from "../../../src/controller/verify-isolation/subject.ts";
import type { ContainerSetup } from "../../../src/model/container-setup.ts";
import type { Environment } from "../../../src/model/environment.ts";
import { makeEnvironment, makeService } from "../../support/environment.ts";

/** A running container without a network, with what a test cares about changed. */
export function makeSetup(name: string, changes: Partial<ContainerSetup> = {}): ContainerSetup {
  return {
    id: `id-${name}`,
    name,
    labels: {},
    state: "running",
    exitCode: null,
    image: "busybox",
    imageId: "sha256:busybox",
    startedAt: "2026-11-20T10:00:00.123456789Z",
    pid: 100,
    networkMode: "bridge",
    pidMode: "",
    ipcMode: "private",
    privileged: false,
    endpoints: [],
    publishedPorts: [],
    mounts: [],
    exposedPorts: [],
    ...changes,
  };
}

/** A running container of a service with one address on one network, whose id is the network's name. */
export function makeMember(
  name: string,
  network: string,
  address: string,
  changes: Partial<ContainerSetup> = {},
): ContainerSetup {
  return makeSetup(name, {
    networkMode: network,
    endpoints: [{ network, networkId: network, addresses: [address] }],
    ...changes,
  });
}

/**
 * The environment shop/`name` with these containers and a network of its own, `name`_default; all containers listen at
 * port 80 unless told otherwise.
 */
export function makeSubject(
  name: string,
  containers: readonly ContainerSetup[],
  options: { environment?: Partial<Environment>; sockets?: ReadonlyMap<string, readonly ListeningSocket[]> } = {},
): Subject {
  const web: ListeningSocket = { family: 4, address: null, port: 80 };
  return toSubject({
    environment: makeEnvironment({ name, services: { web: makeService() }, ...options.environment }),
    containers,
    networkIds: [`${name}_default`],
    sockets: options.sockets ?? new Map(containers.map(({ id }) => [id, [web]])),
  });
}
