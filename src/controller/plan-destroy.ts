import { existsSync } from "node:fs";
import { CiloError } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { requireEnvironment } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { isOwnContainer } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { keepsWorkspace } from "./destroy.ts";
import { connectOrGiveUp } from "./engine-given-up.ts";
import { listOwnImageTags } from "./images.ts";
import { locate } from "./locations.ts";
import { readTrashLimits } from "./trash/limits.ts";
import { describeProtected, planUndo } from "./trash/plan-undo.ts";
import { describeLeftOut } from "./trash/save-undo.ts";
import { surveyBelongings } from "./trash/survey-belongings.ts";

/** What `destroy` would remove, to be shown before it does. */
export interface DestroyPlan {
  environment: Environment;
  /** Absolute; null: it stays. */
  workspace: string | null;
  containers: string[];
  networks: string[];
  /** Volumes with a name, and those without that were written down. */
  volumes: string[];
  images: string[];
  /** The directories that stood in for what the project mounts from beside it, with what containers wrote there; null where there are none. */
  standIns: string | null;
  /** Work and data that are nowhere else, a line each. */
  protected: string[];
  /** What an undo would not bring back, a line each; none where there is to be no undo. */
  leftOut: string[];
  /** What of that is work or data, as `DestroyOptions` takes it. */
  losses: string[];
  /** For how long `restore` can bring back what is saved; null: nothing is saved, or nobody knows yet whether it can be. */
  undoDays: number | null;
}

export interface PlanDestroyOptions {
  environmentId: string;
  keepWorkspace: boolean;
  undo: boolean;
}

/** Looks at what there is of an environment; changes nothing. */
export async function planDestroy(context: ControllerContext, options: PlanDestroyOptions): Promise<DestroyPlan> {
  const state = await context.store.read();
  const { installation } = state;
  const environment = requireEnvironment(state, options.environmentId);
  const { workspace, standIns } = locate(context.paths, environment);
  await using engine = await connectOrGiveUp(context, { state, environment, force: false });
  return {
    environment,
    workspace: keepsWorkspace(environment, options.keepWorkspace) ? null : workspace,
    standIns: existsSync(standIns) ? standIns : null,
    ...(engine === null
      ? { containers: [], networks: [], volumes: [], images: [] }
      : await listObjects(engine, installation, environment)),
    ...(await findLosses(context, { ...options, installation, environment, engine })),
  };
}

async function listObjects(
  engine: RuntimeProvider,
  installation: string,
  environment: Environment,
): Promise<Pick<DestroyPlan, "containers" | "networks" | "volumes" | "images">> {
  const filter = { [labelKeys.id]: environment.id, [labelKeys.installation]: installation };
  const [containers, networks, volumes, images] = await Promise.all([
    engine.listContainers(filter),
    engine.listNetworks(filter),
    engine.listVolumes(filter),
    listOwnImageTags({ engine, installation, environment }),
  ]);
  const own = containers.filter((container) => isOwnContainer(environment, installation, container));
  return {
    containers: own.map(({ name }) => name).sort(),
    networks: networks.map(({ name }) => name).sort(),
    volumes: [...volumes.map(({ name }) => name).sort(), ...environment.anonymousVolumes],
    images,
  };
}

interface LossOptions extends PlanDestroyOptions {
  installation: string;
  environment: Environment;
  engine: RuntimeProvider | null;
}

/** Whoever began to destroy it was told, and what is left of it is not whole any more. */
async function findLosses(
  context: ControllerContext,
  options: LossOptions,
): Promise<Pick<DestroyPlan, "protected" | "leftOut" | "undoDays" | "losses">> {
  const { environment, undo } = options;
  const unknown = { leftOut: [], undoDays: null, losses: [] };
  if (environment.status === "destroying") return { ...unknown, protected: [] };
  const limits = await readTrashLimits(context.paths);
  try {
    const belongings = await surveyBelongings(context, { ...options, maxBytes: limits.maxSizeBytes });
    const { leftOut } = planUndo(belongings, limits.maxSizeBytes);
    return {
      protected: describeProtected(belongings),
      leftOut: undo ? describeLeftOut(belongings, leftOut) : [],
      undoDays: undo && limits.keepDays > 0 ? limits.keepDays : null,
      losses: leftOut.map(({ what }) => what),
    };
  } catch (error) {
    // Nobody knows what is in it: that is reason enough to ask.
    if (!(error instanceof CiloError) || !["CILO_GIT_FAILED", "CILO_DISK_FULL"].includes(error.code)) throw error;
    return { ...unknown, protected: [`${keyOf(environment)} could not be looked into: ${error.message}`] };
  }
}
