import { isAlive } from "../base/process-identity.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { isLive, isOneOff } from "../model/observation.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import { isOwnContainer } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { readUserSettings } from "./settings.ts";
import { adoptBaseSubnets } from "./subnets/adopt-base-subnets.ts";
import { lookAround } from "./subnets/look-around.ts";
import { moveNetworks, type SubnetMove } from "./subnets/move-networks.ts";
import { type SurveyedEnvironment, surveySubnets } from "./subnets/survey-subnets.ts";
import { refuseHalfDestroyed } from "./up.ts";

export interface MigrationChoice {
  /** Null: every environment that has a reason to move. */
  environmentId: string | null;
  /** The subnet that its own network is to have, "10.224.7.0/24"; null: the lowest free one, where it has to move. */
  to: string | null;
}

/** What `network migrate` would do to one environment. */
export interface PlannedMigration {
  environment: Environment;
  /** None when only what an interrupted migration has left is to be done. */
  moves: SubnetMove[];
  /** Names of its services' containers that run; they are made anew. */
  running: string[];
  /** Names of those that run beside them (`cilo compose ... run`); they are gone afterwards. */
  oneOffs: string[];
}

export interface MigrationPlan {
  /** What the user's settings change about where subnets are taken from, sentences. */
  news: string[];
  /** By key. */
  environments: PlannedMigration[];
}

/**
 * Works out what `network migrate` would do; changes nothing.
 * @throws CILO_POOL_EXHAUSTED, CILO_SUBNET_TAKEN, CILO_USAGE, CILO_CONFIG_INVALID, CILO_OPERATION_IN_PROGRESS for an
 * environment whose destruction was begun
 */
export async function planMigration(context: ControllerContext, choice: MigrationChoice): Promise<MigrationPlan> {
  const state = await context.store.read();
  const { network: settings } = await readUserSettings(context.paths);
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const [surroundings, containers] = await Promise.all([lookAround(engine), engine.listContainers({})]);
  const interrupted = await findInterrupted(state);
  const draft = structuredClone(state);
  const news = adoptBaseSubnets(draft, settings);
  const well = new Set(
    surveySubnets(draft, surroundings)
      .environments.filter(isWell)
      .map(({ id }) => id),
  );
  const environments = choose(draft, choice).flatMap((environment) => {
    if (choice.to === null && well.has(environment.id) && !interrupted.has(environment.id)) return [];
    const before = structuredClone(environment);
    const moves = moveNetworks(draft, surroundings, { environment, to: choice.to });
    if (moves.length === 0 && !interrupted.has(environment.id)) return [];
    return [{ environment: before, moves, ...findRunning(state, before, containers) }];
  });
  return { news, environments };
}

function isWell({ networks }: SurveyedEnvironment): boolean {
  return networks.every(({ problem }) => problem === null);
}

/** What is half made or half gone moves nowhere by itself: what was begun is to be finished first. */
function choose(state: State, { environmentId }: MigrationChoice): Environment[] {
  if (environmentId !== null) {
    const environment = requireEnvironment(state, environmentId);
    refuseHalfDestroyed(environment);
    return [environment];
  }
  return Object.values(state.hosts.local.environments)
    .filter(({ status, operation }) => status !== "destroying" && operation?.kind !== "create")
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Ids of the environments whose migration was cut off. */
async function findInterrupted(state: State): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const { id, operation } of Object.values(state.hosts.local.environments)) {
    if (operation?.kind === "migrate" && !(await isAlive(operation))) ids.add(id);
  }
  return ids;
}

function findRunning(
  { installation }: State,
  environment: Environment,
  containers: readonly ContainerFacts[],
): Pick<PlannedMigration, "running" | "oneOffs"> {
  const live = containers.filter(
    (container) => isOwnContainer(environment, installation, container) && isLive(container),
  );
  const [oneOffs = [], running = []] = [true, false].map((wanted) =>
    live
      .filter((container) => isOneOff(container) === wanted)
      .map(({ name }) => name)
      .sort(),
  );
  return { running, oneOffs };
}
