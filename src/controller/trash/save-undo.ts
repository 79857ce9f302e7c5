import { CiloError, messageOf } from "../../base/errors.ts";
import { formatSize } from "../../base/format-size.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import { toText } from "../../workspace/byte-path.ts";
import { type ControllerContext, step } from "../context.ts";
import { locate } from "../locations.ts";
import { type LeftOut, timeOfEntry } from "./entry.ts";
import { expiryOf, findExpired, listTrash, removeTrashEntry, type TrashLimits } from "./list-trash.ts";
import { type Belongings, planUndo } from "./plan-undo.ts";
import { surveyBelongings } from "./survey-belongings.ts";
import { writeEntry } from "./write-entry.ts";

/** What brings a destroyed environment back. */
export interface Undo {
  /** Of the trash's entry. */
  entry: string;
  until: Date;
}

export interface SaveUndoOptions {
  installation: string;
  environment: Environment;
  engine: RuntimeProvider | null;
  keepWorkspace: boolean;
  limits: TrashLimits;
  /** What the user knows will not be saved, as `what` of what is left out; "all": whatever it is. */
  accepted: readonly string[] | "all";
}

/**
 * Saves what an environment has and nothing else, so that it can be brought back.
 * @throws CILO_UNDO_FAILED, CILO_DISK_FULL, CILO_INTERRUPTED, CILO_ENGINE_UNREACHABLE; CILO_WORK_UNSAVED when there is something that cannot be saved, which nobody has
 * accepted. Nothing was removed then.
 */
export async function saveUndo(context: ControllerContext, options: SaveUndoOptions): Promise<Undo> {
  const { environment, limits } = options;
  try {
    const entry = await step(context, `save ${keyOf(environment)} for an undo`, () => save(context, options));
    const createdAt = timeOfEntry(entry) ?? context.clock.now();
    return { entry, until: expiryOf({ createdAt }, limits) };
  } catch (error) {
    throw toUndoFailure(context, error, keyOf(environment));
  }
}

async function save(context: ControllerContext, options: SaveUndoOptions): Promise<string> {
  const { installation, environment, engine, keepWorkspace, limits, accepted } = options;
  const maxBytes = limits.maxSizeBytes;
  const belongings = await surveyBelongings(context, { installation, environment, engine, keepWorkspace, maxBytes });
  const plan = planUndo(belongings, maxBytes);
  const surprising = accepted === "all" ? [] : plan.leftOut.filter(({ what }) => !accepted.includes(what));
  if (surprising.length > 0) throw cannotBeSaved(keyOf(environment), surprising);
  // Neither `--yes` nor `--force` has shown it.
  for (const line of describeLeftOut(belongings, plan.leftOut))
    context.emit({ type: "info", text: `no undo of ${line}` });
  const { standIns } = locate(context.paths, environment);
  return await writeEntry(context, {
    installation,
    environment,
    engine,
    keptWorkspace: keepWorkspace,
    work: plan.work ? belongings.work : null,
    standIns: plan.standIns ? standIns : null,
    volumes: belongings.volumes.filter(({ name }) => plan.volumes.includes(name)),
    leftOut: plan.leftOut,
  });
}

/** What was saved of an environment before its destruction was cut off; null when nothing was. */
export async function findSavedUndo(
  { paths }: Pick<ControllerContext, "paths">,
  { id, destruction }: Environment,
  limits: TrashLimits,
): Promise<Undo | null> {
  if (destruction?.undo !== true) return null;
  const saved = (await listTrash(paths)).findLast(({ record }) => record?.environment.id === id);
  return saved === undefined ? null : { entry: saved.name, until: expiryOf(saved, limits) };
}

/** What of an environment an undo would not have, a line each. */
export function describeLeftOut({ work }: Belongings, leftOut: readonly LeftOut[]): string[] {
  const parts = (work?.left ?? []).map(({ why, path, files, sizeBytes }) => {
    const large = `git ignores it, and it has ${formatSize(sizeBytes)} in ${files} files`;
    return `${toText(path)}: ${why === "ignored" ? large : "this user may not read it"}`;
  });
  return [...leftOut.map(({ what, why }) => `${what}: ${why}`), ...parts];
}

function cannotBeSaved(key: string, leftOut: readonly LeftOut[]): CiloError {
  const list = leftOut.map(({ what, why }) => `${what} (${why})`).join(", ");
  return new CiloError("CILO_WORK_UNSAVED", `${key} has what no undo would bring back: ${list}`, {
    hint: `destroy it all the same with "cilo destroy ${key} --force"`,
    details: { leftOut },
  });
}

/** A failure of ours keeps its code where there is more to do about it than to go without an undo. */
function toUndoFailure({ signal }: ControllerContext, error: unknown, key: string): unknown {
  const kept = ["CILO_WORK_UNSAVED", "CILO_INTERRUPTED", "CILO_ENGINE_UNREACHABLE", "CILO_BUG"];
  if (signal.aborted || (error instanceof CiloError && kept.includes(error.code))) return error;
  const isFull = error instanceof CiloError && error.code === "CILO_DISK_FULL";
  const isSystem = error instanceof Error && "code" in error && typeof error.code === "string";
  if (!(error instanceof CiloError) && !isSystem) return error;
  const isFullHere = isFull || (isSystem && ["ENOSPC", "EDQUOT"].includes(String(error.code)));
  return new CiloError(
    isFullHere ? "CILO_DISK_FULL" : "CILO_UNDO_FAILED",
    `cannot save ${key} before it is destroyed: ${messageOf(error)}; nothing was removed`,
    { hint: `run "cilo destroy ${key} --force --no-undo" to destroy it without a way back`, cause: error },
  );
}

/** Removes what has been in the trash for too long, or is too much; trouble with that is no trouble of the one who destroys something else. */
export async function clearTrash(
  context: ControllerContext,
  { limits, except }: { limits: TrashLimits; except: string | null },
): Promise<void> {
  try {
    const entries = await listTrash(context.paths);
    const now = context.clock.now();
    for (const entry of findExpired(entries, now, limits)) {
      if (entry.name === except) continue;
      await removeTrashEntry(context.paths, entry);
      if (entry.record === null || expiryOf(entry, limits) <= now) continue;
      const room = `the trash holds no more than ${formatSize(limits.maxSizeBytes)} (trash.max_size_mb)`;
      const text = `${keyOf(entry.record.environment)} cannot be restored any more: ${room}`;
      context.emit({ type: "info", text });
    }
  } catch (error) {
    context.emit({ type: "warning", text: `old entries of the trash stay: ${messageOf(error)}` });
  }
}
