import { CiloError } from "../../base/errors.ts";
import type { ContainerSetup } from "../../model/container-setup.ts";
import type { ContainerFacts } from "../../model/engine.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import { labelKeys } from "../../model/labels.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import { isOwn, isOwnContainer } from "../conflicts.ts";
import type { Bystander } from "./check-networks.ts";
import type { ProbeLimits } from "./limits.ts";
import { type ListeningSocket, parseSocketTables } from "./listening-sockets.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { isOnNetwork, type Subject, toSubject } from "./subject.ts";

export interface ObserveOptions {
  runtime: RuntimeProvider;
  installation: string;
  limits: ProbeLimits;
  signal: AbortSignal;
}

/** Both environments and what else is on the engine, as it is at one moment. */
export interface Observation {
  subjects: readonly [Subject, Subject];
  bystanders: Bystander[];
}

/**
 * Looks at two environments.
 * @throws CILO_ENVIRONMENT_NOT_RUNNING when nothing of one of them runs.
 */
export async function observeSubjects(
  environments: readonly [Environment, Environment],
  options: ObserveOptions,
): Promise<Observation> {
  const { runtime, installation } = options;
  const [containers, networks] = await Promise.all([
    runtime.listContainers({}),
    runtime.listNetworks({ [labelKeys.installation]: installation }),
  ]);
  const observe = async (environment: Environment) => {
    const own = membersOf(environment, containers, installation);
    if (!own.some(({ state }) => state === "running")) throw notRunning(environment);
    const setups = await inspectAll(own, options);
    const networkIds = networks.filter(({ labels }) => isOwn(environment, installation, labels)).map(({ id }) => id);
    return toSubject({ environment, containers: setups, networkIds, sockets: await readSockets(setups, options) });
  };
  const subjects = [await observe(environments[0]), await observe(environments[1])] as const;
  const known = new Set(
    environments.flatMap((environment) => membersOf(environment, containers, installation)).map(({ id }) => id),
  );
  const bystanders = containers
    .filter(({ id, state }) => state === "running" && !known.has(id))
    .map(({ name, addresses }) => ({ name, networks: Object.keys(addresses) }));
  return { subjects, bystanders };
}

/** The containers of each environment as they are now, to be compared with what they were. */
export async function observeContainers(
  environments: readonly Environment[],
  options: ObserveOptions,
): Promise<ContainerSetup[][]> {
  const containers = await options.runtime.listContainers({});
  return await Promise.all(
    environments.map((environment) => inspectAll(membersOf(environment, containers, options.installation), options)),
  );
}

function membersOf(
  environment: Environment,
  containers: readonly ContainerFacts[],
  installation: string,
): ContainerFacts[] {
  return containers.filter((container) => isOwnContainer(environment, installation, container));
}

function notRunning(environment: Environment): CiloError {
  const key = keyOf(environment);
  return new CiloError("CILO_ENVIRONMENT_NOT_RUNNING", `nothing of ${key} runs, so nothing can be proven of it`, {
    hint: `run "cilo up ${key}"`,
    details: { environment: key },
  });
}

async function inspectAll(
  containers: readonly ContainerFacts[],
  { runtime, limits }: ObserveOptions,
): Promise<ContainerSetup[]> {
  const setups = await mapConcurrently(containers, limits.concurrency, ({ id }) => runtime.probing.inspectSetup(id));
  return setups.filter((setup) => setup !== null);
}

/**
 * What listens in each container that has addresses: from this machine where its /proc shows it, else by asking the
 * container.
 */
async function readSockets(
  setups: readonly ContainerSetup[],
  options: ObserveOptions,
): Promise<Map<string, ListeningSocket[]>> {
  const owners = setups.filter(isOnNetwork);
  const tables = await mapConcurrently(owners, options.limits.concurrency, (owner) => readTables(owner, options));
  return new Map(
    owners.flatMap(({ id }, index) => {
      const text = tables[index] ?? null;
      return text === null ? [] : [[id, parseSocketTables(text)] as const];
    }),
  );
}

async function readTables(owner: ContainerSetup, { runtime, limits, signal }: ObserveOptions): Promise<string | null> {
  const fromHere = await runtime.probing.readSocketTables(owner);
  if (fromHere !== null) return fromHere;
  const { output } = await runtime.probing.execute(owner.id, {
    command: ["cat", "/proc/net/tcp", "/proc/net/tcp6"],
    timeoutMs: limits.probeTimeoutMs * 2,
    signal,
  });
  // Without IPv6 it complains of the second file and has printed the first one.
  return /^\s*sl\s+local_address/m.test(output) ? output : null;
}
