import { CiloError } from "../../base/errors.ts";
import { labelKeys } from "../../model/labels.ts";
import type { State } from "../../model/state.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import type { ControllerContext } from "../context.ts";
import { connectEngine, shortLimits } from "../engine.ts";
import type { PlanNotice, PlanStep } from "../reconcile/plan.ts";
import { applyPlan, planReconciliation } from "../reconcile/reconcile.ts";
import type { TrashEntry } from "../trash/entry.ts";
import { readTrashLimits } from "../trash/limits.ts";
import { findExpired, listTrash, removeTrashEntry } from "../trash/list-trash.ts";
import { findGarbageImages, type GarbageImage } from "./prune-images.ts";
import { type PruneItem, toImageItem, toStepItem, toTrashItem } from "./prune-item.ts";

export interface PrunePlan {
  items: PruneItem[];
  /** What only the user can mend. */
  notices: PlanNotice[];
}

export interface PruneOutcome {
  removed: PruneItem[];
  failed: { item: PruneItem; error: CiloError }[];
}

/**
 * Finds what this installation has left on the engine and in CILO_HOME and what has been in the trash for long enough; changes nothing. Without an engine it finds files
 * only, and a notice says so.
 * @param options.allTrash every entry of the trash, however young.
 * @throws CILO_ENGINE_CHANGED, CILO_CONFIG_INVALID, and what reading state throws.
 */
export async function planPrune(context: ControllerContext, options: { allTrash: boolean }): Promise<PrunePlan> {
  const { steps, notices } = await planReconciliation(context);
  const trash = await findTrash(context, options);
  const state = await context.store.read();
  await using engine = await connectIfPossible(context, state);
  const [ofSteps, images, ofTrash] = await Promise.all([
    toStepItems(engine, withoutTrash(steps, trash)),
    engine === null
      ? { garbage: [], doubtful: 0 }
      : findImages(context, { engine, state, leaving: containersOf(steps) }),
    Promise.all(trash.map((entry) => toTrashItem(entry, explainTrash(entry, options)))),
  ]);
  return {
    items: [...ofSteps, ...images.garbage.map(toImageItem), ...ofTrash],
    notices: [...notices, ...tellOfDoubtful(images.doubtful, state)],
  };
}

/** Where none answers, the plan's notices say so. */
async function connectIfPossible(context: ControllerContext, state: State): Promise<RuntimeProvider | null> {
  try {
    return (await connectEngine(context, state, shortLimits)).runtime;
  } catch (error) {
    if (error instanceof CiloError && error.code === "CILO_ENGINE_UNREACHABLE") return null;
    throw error;
  }
}

async function findTrash(context: ControllerContext, { allTrash }: { allTrash: boolean }): Promise<TrashEntry[]> {
  const entries = await listTrash(context.paths);
  if (allTrash) return entries.filter(({ isInUse }) => !isInUse);
  return findExpired(entries, context.clock.now(), await readTrashLimits(context.paths));
}

function explainTrash({ isFinished }: TrashEntry, { allTrash }: { allTrash: boolean }): string {
  if (!isFinished) return "it was not finished, so nothing can be restored from it";
  return allTrash ? "--all-trash asks for everything" : "it is too old, or the trash holds too much";
}

/** An entry that was not finished is found twice. */
function withoutTrash(steps: readonly PlanStep[], trash: readonly TrashEntry[]): PlanStep[] {
  const paths = new Set(trash.map(({ path }) => path));
  return steps.filter((step) => step.action !== "remove-files" || !paths.has(step.file.path));
}

async function toStepItems(engine: RuntimeProvider | null, steps: readonly PlanStep[]): Promise<PruneItem[]> {
  const hasVolumes = steps.some(({ action }) => action === "remove-volume");
  const volumeSizes = engine !== null && hasVolumes ? await measureVolumes(engine) : {};
  const items = await Promise.all(steps.map((step) => toStepItem(step, volumeSizes)));
  return items.filter((item) => item !== null);
}

/** The engine walks through all volumes for it, which may take long; nobody waits for what is only told. */
async function measureVolumes(engine: RuntimeProvider): Promise<Record<string, number>> {
  try {
    return await engine.volumeSizes();
  } catch (error) {
    if (error instanceof CiloError && error.code !== "CILO_BUG") return {};
    throw error;
  }
}

/** Ids of the containers that go first: what they were made from is not needed any more. */
function containersOf(steps: readonly PlanStep[]): Set<string> {
  return new Set(steps.flatMap((step) => (step.action === "remove-container" ? [step.containerId] : [])));
}

async function findImages(
  context: ControllerContext,
  { engine, state, leaving }: { engine: RuntimeProvider; state: State; leaving: ReadonlySet<string> },
) {
  const [images, all, entries] = await Promise.all([
    engine.listImages({ [labelKeys.installation]: state.installation }),
    engine.listContainers({}),
    listTrash(context.paths),
  ]);
  const nameless = images.filter(({ tags }) => tags.length === 0);
  const origins = await Promise.all(nameless.map(async ({ id }) => [id, await engine.imageOrigin(id)] as const));
  const formerlyBuilt = new Set(entries.flatMap(({ record }) => record?.environment.builtImages ?? []));
  const containers = all.filter(({ id }) => !leaving.has(id));
  return findGarbageImages({ state, images, containers, origins: new Map(origins), formerlyBuilt });
}

function tellOfDoubtful(count: number, { installation }: State): PlanNotice[] {
  if (count === 0) return [];
  return [
    {
      subject: count === 1 ? "1 image without a name" : `${count} images without a name`,
      cause: "cilo's labels are on it, but it may be somebody's who made it from one of cilo's",
      command: `docker image prune --filter label=${labelKeys.installation}=${installation}`,
    },
  ];
}

/**
 * Removes what a plan names, one after the other; each is looked at again, and stays when it is needed by now. What cannot be removed does not keep back the rest.
 * @throws the signal's reason, CILO_BUG, and what connecting to the engine throws.
 */
export async function applyPrune(context: ControllerContext, plan: Pick<PrunePlan, "items">): Promise<PruneOutcome> {
  const outcome: PruneOutcome = { removed: [], failed: [] };
  for (const item of plan.items) {
    context.signal.throwIfAborted();
    try {
      if (await remove(context, item)) outcome.removed.push(item);
    } catch (error) {
      if (context.signal.aborted || !(error instanceof CiloError) || error.code === "CILO_BUG") throw error;
      outcome.failed.push({ item, error });
    }
  }
  return outcome;
}

/** @returns whether it was removed; false for what is needed by now. */
async function remove(context: ControllerContext, { removal }: PruneItem): Promise<boolean> {
  switch (removal.by) {
    case "trash":
      return await removeTrash(context, removal.entry);
    case "image":
      return await removeImage(context, removal.image);
    case "step": {
      const { failed } = await applyPlan(context, { steps: [removal.step] });
      if (failed[0]) throw failed[0].error;
      return true;
    }
  }
}

/** Somebody may be restoring it by now, or have removed it. */
async function removeTrash({ paths }: ControllerContext, { name }: TrashEntry): Promise<boolean> {
  const entry = (await listTrash(paths)).find((other) => other.name === name);
  if (entry === undefined || entry.isInUse) return false;
  await removeTrashEntry(paths, entry);
  return true;
}

async function removeImage(context: ControllerContext, { reference }: GarbageImage): Promise<boolean> {
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const { garbage } = await findImages(context, { engine, state, leaving: new Set() });
  const isGarbage = garbage.some((image) => image.reference === reference);
  if (isGarbage) await engine.removeImage(reference);
  return isGarbage;
}
