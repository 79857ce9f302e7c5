import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { Paths } from "../base/paths.ts";
import type { State } from "../model/state.ts";
import { toWriteProblem } from "./file-problems.ts";
import { acquireLock, type HeldLock } from "./lock.ts";
import { openStateFile, type StateFile } from "./state-file.ts";

/** The state file of one installation. Any number of processes may use it at once. */
export interface StateStore {
  /**
   * The file as it is now, migrated in memory and without taking the lock; an empty state when there is no file.
   *
   * Before the first `update` the installation's id is on no disk: another process may be about to write another one. Put it on nothing (labels!)
   * until an `update` has returned it. Ids of environments in an old file do not change between readings.
   * @throws CILO_STATE_UNREADABLE, CILO_STATE_TOO_NEW
   */
  read(): Promise<State>;
  /**
   * Changes the file under the lock: nobody else writes between what `change` sees and what is written. Makes CILO_HOME when it is missing.
   * @param change mutates the draft; must not wait for anything, others are waiting. When it throws, nothing is written.
   * @returns the state as written, its `revision` one higher, and what `change` returned.
   * @throws what `read` throws, CILO_LOCKED, CILO_DISK_FULL, CILO_HOME_NOT_WRITABLE, and what `change` throws; the file is then as it was.
   */
  update<T>(change: (draft: State) => T): Promise<{ state: State; result: T }>;
}

export interface StateStoreOptions {
  paths: Paths;
  clock?: Clock;
  /** How long `update` waits for a living holder of the lock; default 30 s. */
  lockTimeoutMs?: number;
}

const defaultLockTimeoutMs = 30_000;

/** Opens the state of an installation; touches no file yet. */
export function createStateStore({ paths, clock = systemClock, lockTimeoutMs }: StateStoreOptions): StateStore {
  const path = paths.stateFile;
  const installation = randomUUID();
  return {
    async read() {
      const file = await openStateFile({ path, installation, beforeReplace: refuseToWrite });
      return file.data;
    },
    async update(change) {
      const lock = await acquireLock(join(paths.locks, "state.lock"), {
        purpose: "write the state file",
        timeoutMs: lockTimeoutMs ?? defaultLockTimeoutMs,
        clock,
      });
      try {
        faultPoint("state.lock-taken");
        removeUnfinishedWrites(path);
        faultPoint("state.litter-removed");
        const file = await openStateFile({ path, installation, beforeReplace: () => refuseLostLock(lock, path) });
        faultPoint("state.read");
        return await changeFile(file, change);
      } finally {
        await lock.release();
        faultPoint("state.unlocked");
      }
    },
  };
}

async function changeFile<T>(file: StateFile, change: (draft: State) => T): Promise<{ state: State; result: T }> {
  const revision = file.data.revision + 1;
  const result = change(file.data);
  if (result instanceof Promise) throw new CiloError("CILO_BUG", "a change of state must not be asynchronous");
  file.data.revision = revision;
  await file.write();
  faultPoint("state.written");
  return { state: file.data, result };
}

async function refuseToWrite(): Promise<void> {
  throw new CiloError("CILO_BUG", "the state file was opened for reading");
}

async function refuseLostLock(lock: HeldLock, path: string): Promise<void> {
  if (await lock.isStillOurs()) return;
  throw new CiloError("CILO_LOCKED", `cannot write ${path}: its lock was removed while it was held`, {
    hint: "run the command again",
    details: { path },
  });
}

/**
 * Only the lock's holder writes beside the state file, so a temp file that is there now is a killed process's; or that
 * of one that was suspended and whose lock was removed by hand: it must not replace, when it goes on, what is written
 * now.
 */
function removeUnfinishedWrites(path: string): void {
  const folder = dirname(path);
  try {
    for (const name of readdirSync(folder)) {
      if (name.startsWith(`${basename(path)}.`) && name.endsWith(".tmp")) rmSync(join(folder, name), { force: true });
    }
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return;
    throw toWriteProblem(error, "clean up beside", path);
  }
}
