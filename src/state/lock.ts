import { dirname } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { makeDirectory } from "../base/make-directory.ts";
import { isAlive } from "../base/process-identity.ts";
import { toWriteProblem } from "./file-problems.ts";
import { createLockFileSystem, removeLock, removeLockLitter } from "./lock-directory.ts";
import { createOwnerText, type OwnerRecord, readOwner, readOwnerText } from "./lock-owner.ts";
import { createLockWait, type LockPatience } from "./lock-wait.ts";

export type { LockHolder } from "./lock-owner.ts";
export type { AwaitedHolder } from "./lock-wait.ts";

/** A lock this process holds until it is released; it is released as well when the process exits. */
export interface HeldLock extends AsyncDisposable {
  /** Doing it twice does no harm. */
  release(): Promise<void>;
  /** False when somebody removed the lock by hand. */
  isStillOurs(): Promise<boolean>;
}

export interface LockOptions extends LockPatience {
  signal?: AbortSignal | undefined;
  /** What it is held for, as it is shown to those who wait: "up shop/login". */
  purpose: string;
  clock?: Clock | undefined;
}

type Attempt = { lock: HeldLock } | { record: OwnerRecord | null };

/** How often proper-lockfile touches a lock. Nothing reads that time: owners are judged by whether they live. */
const touchIntervalMs = 60_000;

/**
 * Takes the lock at `path`, a directory it makes. Only the lock of a process that no longer runs is broken; one whose holder lives, suspended
 * or not, is waited for. Not re-entrant, within one process neither.
 * @throws CILO_LOCKED with the holder's pid when it is not free in time, CILO_HOME_NOT_WRITABLE, CILO_DISK_FULL, and the signal's reason.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<HeldLock> {
  try {
    await makeDirectory(dirname(path));
    await removeLockLitter(path);
    return await waitForLock(path, options);
  } catch (error) {
    throw toWriteProblem(error, "lock", path);
  }
}

async function waitForLock(path: string, options: LockOptions): Promise<HeldLock> {
  const { signal, clock = systemClock } = options;
  const wait = createLockWait(path, options, clock);
  for (;;) {
    signal?.throwIfAborted();
    const attempt = await attemptLock(path, options.purpose, clock);
    if ("lock" in attempt) return attempt.lock;
    await wait.pause(attempt.record, signal);
  }
}

/** One try without waiting: the lock, or who is in the way. */
async function attemptLock(path: string, purpose: string, clock: Clock): Promise<Attempt> {
  const found = readOwner(path);
  if (found === null) return takeLock(path, purpose, clock);
  if (found.holder !== null && (await isAlive(found.holder))) return { record: found };

  // Two that both saw a dead owner must not both remove: the slower would take away what the faster one's successor holds. So breaking
  // is itself done under a lock, and a breaker that died is broken in the same way one level up.
  const breaker = await attemptLock(`${path}.break`, "break the lock of a process that ended", clock);
  if ("record" in breaker) return breaker;
  try {
    faultPoint("lock.breaking");
    removeLock(path, found.text);
    faultPoint("lock.broken");
  } finally {
    await breaker.lock.release();
  }
  return takeLock(path, purpose, clock);
}

async function takeLock(path: string, purpose: string, clock: Clock): Promise<Attempt> {
  // Loaded late: commands that only read take no lock.
  const { default: properLockfile } = await import("proper-lockfile");
  const ownerText = await createOwnerText(purpose, clock.now());
  try {
    const unlock = await properLockfile.lock(path, {
      realpath: false,
      lockfilePath: path,
      stale: Number.POSITIVE_INFINITY,
      update: touchIntervalMs,
      retries: 0,
      fs: createLockFileSystem(ownerText),
      // It would throw from a timer. Whether the lock is ours is asked of the record, where it matters.
      onCompromised: () => {},
    });
    return { lock: toHeldLock(path, ownerText, unlock) };
  } catch (error) {
    if (!hasErrorCode(error, "ELOCKED")) throw error;
    return { record: readOwner(path) };
  }
}

function toHeldLock(path: string, ownerText: string, unlock: () => Promise<void>): HeldLock {
  let released = false;
  async function release(): Promise<void> {
    if (released) return;
    released = true;
    try {
      await unlock();
    } catch (error) {
      if (!hasErrorCode(error, "ERELEASED", "ENOTACQUIRED")) throw toWriteProblem(error, "unlock", path);
      // proper-lockfile gave the lock up because something touched it; the record says whether it is ours to remove.
      removeLock(path, ownerText);
    }
  }
  return {
    release,
    isStillOurs: async () => !released && readOwnerText(path) === ownerText,
    [Symbol.asyncDispose]: release,
  };
}
