import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, systemClock } from "../base/clock.ts";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { makeDirectory } from "../base/make-directory.ts";
import { isAlive } from "../base/process-identity.ts";
import { quotePath, toWriteProblem } from "./file-problems.ts";
import { createLockFileSystem, removeLock, removeLockLitter } from "./lock-directory.ts";
import { createOwnerText, type LockHolder, readOwner } from "./lock-owner.ts";
import { isSuspended } from "./suspension.ts";

export type { LockHolder } from "./lock-owner.ts";

/** A lock this process holds until it is released; it is released as well when the process exits. */
export interface HeldLock extends AsyncDisposable {
  /** Doing it twice does no harm. */
  release(): Promise<void>;
  /** False when somebody removed the lock by hand. */
  isStillOurs(): Promise<boolean>;
}

export interface LockOptions {
  /** 0: do not wait; Infinity: wait without limit. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Called once, when it starts to wait. */
  onWait?: ((holder: LockHolder) => void) | undefined;
  /** What it is held for, as it is shown to those who wait: "up shop/login". */
  purpose: string;
  clock?: Clock | undefined;
}

type Attempt = { lock: HeldLock } | { holder: LockHolder | null };

/** How long one look after another waits; the spread keeps waiters from meeting again and again. */
const pollMinMs = 5;
const pollMaxMs = 50;
/** How long a lock may seem held by nobody, which it is for an instant when it changes hands. */
const changeOfHandsMs = 1_000;
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
  const { timeoutMs, signal, clock = systemClock } = options;
  const start = clock.monotonicMs();
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const attempt = await attemptLock(path, options.purpose, clock);
    if ("lock" in attempt) return attempt.lock;
    const { holder } = attempt;
    const patienceMs = holder === null ? Math.max(timeoutMs, changeOfHandsMs) : timeoutMs;
    if (clock.monotonicMs() - start >= patienceMs) throw await toLockedError(path, holder, timeoutMs);
    if (holder !== null && !told) {
      told = true;
      options.onWait?.(holder);
    }
    await pause(pollMinMs + Math.random() * (pollMaxMs - pollMinMs), signal);
  }
}

async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(durationMs, undefined, signal ? { signal } : {});
  } catch (error) {
    // The timer throws an AbortError of its own in place of the signal's reason.
    signal?.throwIfAborted();
    throw error;
  }
}

/** One try without waiting: the lock, or who is in the way. */
async function attemptLock(path: string, purpose: string, clock: Clock): Promise<Attempt> {
  const found = await readOwner(path);
  if (found === null) return takeLock(path, purpose, clock);
  if (found.holder !== null && (await isAlive(found.holder))) return { holder: found.holder };

  // Two that both saw a dead owner must not both remove: the slower would take away what the faster one's successor holds. So breaking
  // is itself done under a lock, and a breaker that died is broken in the same way one level up.
  const breaker = await attemptLock(`${path}.break`, "break the lock of a process that ended", clock);
  if ("holder" in breaker) return breaker;
  try {
    await removeLock(path, found.text);
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
    return { holder: (await readOwner(path))?.holder ?? null };
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
      await removeLock(path, ownerText);
    }
  }
  return {
    release,
    isStillOurs: async () => !released && (await readOwner(path))?.text === ownerText,
    [Symbol.asyncDispose]: release,
  };
}

async function toLockedError(path: string, holder: LockHolder | null, timeoutMs: number): Promise<CiloError> {
  const waited = timeoutMs > 0 ? ` within ${timeoutMs / 1_000} s` : "";
  if (holder === null) {
    return new CiloError("CILO_LOCKED", `cannot lock ${path}${waited}: something that is not a lock is there`, {
      hint: `look at it with "ls -lR ${quotePath(path)}" and move it away`,
      details: { path },
    });
  }
  const { pid, purpose, since } = holder;
  const suspended = await isSuspended(pid);
  const who = `pid ${pid}${suspended ? ", which is suspended," : ""} holds it since ${since} for "${purpose}"`;
  return new CiloError("CILO_LOCKED", `cannot lock ${path}${waited}: ${who}`, {
    hint: suspended
      ? `run "kill -CONT ${pid}" to let it go on, then run the command again`
      : `wait until it ends ("ps -p ${pid}" shows it), then run the command again`,
    details: { path, pid, purpose, since, suspended },
  });
}
