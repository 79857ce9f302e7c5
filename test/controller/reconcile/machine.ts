import type { Observation, ObservedEngine } from "../../../src/controller/reconcile/observation.ts";
import type { ContainerFacts, NetworkFacts, VolumeFacts } from "../../../src/model/engine.ts";
import type { Environment, Operation } from "../../../src/model/environment.ts";
import { labelsOfContainer, labelsOfEnvironment } from "../../../src/model/labels.ts";
import { toNetworkName } from "../../../src/model/names.ts";
import { makeEnvironment, makeService, makeState } from "../../support/environment.ts";

export const installation = "11111111-1111-4111-8111-111111111111";
export const now = new Date("2026-11-20T12:00:00.000Z");

/** An environment that runs: web at .10 and db at .11 of its subnet, as state says. */
export function runningEnvironment(name: string, number: number, changes: Partial<Environment> = {}): Environment {
  const composeProject = `cilo-shop-${name}`;
  const service = (key: string, host: number) =>
    makeService({
      address: `10.224.${number}.${host}`,
      addresses: [`10.224.${number}.${host}`],
      container: `${composeProject}-${key}-1`,
      networks: ["default"],
    });
  return makeEnvironment({
    id: `id-${name}`,
    name,
    subnet: `10.224.${number}.0/24`,
    services: { web: service("web", 10), db: service("db", 11) },
    ...changes,
  });
}

/** A running container of a service, as Compose makes it. */
export function containerOf(
  environment: Environment,
  service: string,
  changes: Partial<ContainerFacts> = {},
): ContainerFacts {
  const { composeProject } = environment;
  const network = toNetworkName(composeProject);
  const name = `${composeProject}-${service}-1`;
  const address = environment.services[service]?.address;
  return {
    id: `id-${name}`,
    name,
    state: "running",
    health: "none",
    exitCode: null,
    addresses: address ? { [network]: address } : {},
    networkIds: { [network]: `id-${network}` },
    image: "busybox",
    imageId: "sha256:1",
    ...changes,
    labels: {
      ...labelsOfContainer(installation, environment, service),
      "com.docker.compose.project": composeProject,
      "com.docker.compose.service": service,
      "com.docker.compose.config-hash": "hash",
      "com.docker.compose.container-number": "1",
      "com.docker.compose.image": "sha256:1",
      ...changes.labels,
    },
  };
}

/** The same one once it has ended. */
export function ended(container: ContainerFacts, exitCode = 137): ContainerFacts {
  return { ...container, state: "exited", exitCode, addresses: {} };
}

/** A network as cilo makes it: the environment's own one. */
export function networkOf(environment: Environment, changes: Partial<NetworkFacts> = {}): NetworkFacts {
  const name = toNetworkName(environment.composeProject);
  const labels = labelsOfEnvironment(installation, environment);
  return { id: `id-${name}`, name, labels, driver: "bridge", subnets: [environment.subnet], ...changes };
}

/** A volume as Compose makes it. */
export function volumeOf(environment: Environment, key: string): VolumeFacts {
  return { name: `${environment.composeProject}_${key}`, labels: labelsOfEnvironment(installation, environment) };
}

/** The journal of an operation. */
export function journal(kind: Operation["kind"], step: string, changes: Partial<Operation> = {}): Operation {
  return { kind, pid: 41, startTime: "1", bootId: "b", child: null, step, startedAt: now.toISOString(), ...changes };
}

/** A machine on which all is as state says, but for what a test changes. */
export function observationOf(
  environments: readonly Environment[],
  changes: Partial<Omit<Observation, "engine">> & { engine?: Partial<ObservedEngine> | { problem: string } } = {},
): Observation {
  const running = environments.filter(({ status }) => status === "running");
  const engine = {
    containers: running.flatMap((environment) =>
      Object.keys(environment.services).map((service) => containerOf(environment, service)),
    ),
    networks: running.map((environment) => networkOf(environment)),
    volumes: [],
    details: {},
  };
  const workspace = (environment: Environment) => `/home/envs/shop/${environment.name}`;
  return {
    now,
    state: makeState(environments, { installation }),
    traces: Object.fromEntries(
      environments.map((environment) => [
        environment.id,
        { isOperationAlive: false, isChildAlive: false, workspace: workspace(environment), hasWorkspace: true },
      ]),
    ),
    holders: {},
    strays: [],
    daemon: null,
    ...changes,
    engine:
      changes.engine !== undefined && "problem" in changes.engine ? changes.engine : { ...engine, ...changes.engine },
  };
}
