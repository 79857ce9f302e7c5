import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { hasErrorCode } from "../../base/errors.ts";
import type { Paths } from "../../base/paths.ts";
import { acquireLock } from "../../state/lock.ts";
import { removeWorkspace } from "../../workspace/remove.ts";
import type { ControllerContext } from "../context.ts";
import { removeTrashEntry } from "../trash/list-trash.ts";
import type { StrayFile } from "./observation.ts";
import { listTraces, selectStrays } from "./observe-files.ts";

const stateLockTimeoutMs = 30_000;

/** Removes a stray file if it still is one. */
export async function removeStray(context: ControllerContext, file: StrayFile): Promise<void> {
  const { paths, signal } = context;
  if (!(await isStillAstray(context, file))) return;
  switch (file.kind) {
    case "copy":
    case "temp":
      return await removeWorkspace(file);
    case "trash":
      return await removeTrashEntry(paths, { name: basename(file.path) });
    case "lock": {
      // Whoever takes it breaks what the dead left there, and lets go of it again.
      const lock = await acquireLock(lockOf(paths, file.path), { purpose: "remove it", timeoutMs: 0, signal });
      return await lock.release();
    }
    case "generated":
      return await removeGenerated(context, file);
  }
}

async function isStillAstray({ paths, store }: ControllerContext, { path }: StrayFile): Promise<boolean> {
  const traces = await listTraces(paths);
  return selectStrays(traces, await store.read()).some((stray) => stray.path === path);
}

/** A lock in whose breaking somebody died is broken with the lock it is for. */
function lockOf({ locks }: Paths, path: string): string {
  return join(locks, basename(path).replace(/(?:\.break)+$/, ""));
}

/**
 * Nobody can put an environment of this name into state while its lock is held, and nothing is generated for one that is
 * not there. Moved aside, it is a temporary file of this process, which is found again should this be cut off.
 */
async function removeGenerated(context: ControllerContext, file: StrayFile): Promise<void> {
  const { paths, signal } = context;
  const aside = `${file.path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  const lock = await acquireLock(join(paths.locks, "state.lock"), {
    purpose: "remove what was generated for no environment",
    timeoutMs: stateLockTimeoutMs,
    signal,
  });
  try {
    if (!(await isStillAstray(context, file))) return;
    await rename(file.path, aside);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return;
    throw error;
  } finally {
    await lock.release();
  }
  await removeWorkspace({ path: aside, within: file.within });
}
