import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { CiloError } from "../base/errors.ts";
import { quotePath } from "./file-problems.ts";
import { type LockHolder, type OwnerRecord, readOwnerText } from "./lock-owner.ts";
import { isSuspended, readSuspension } from "./suspension.ts";

/** Who is waited for, at one look. */
export interface AwaitedHolder extends LockHolder {
  /** It was stopped (Ctrl-Z, SIGSTOP), and lets go of nothing before it goes on. */
  suspended: boolean;
}

export interface LockPatience {
  /**
   * How long one living holder is waited for; it begins anew with the next holder. 0: do not wait; Infinity: wait
   * without limit.
   */
  timeoutMs: number;
  /** How long a holder that stays suspended is waited for, if that is less; default: as long as any other. */
  suspendedTimeoutMs?: number | undefined;
  /**
   * Called when it starts to wait, and again when another one is waited for, or the same one was suspended or goes on.
   */
  onWait?: ((holder: AwaitedHolder) => void) | undefined;
}

/** One process's waiting for one lock. */
export interface LockWait {
  /**
   * Waits until the next attempt to take the lock is due, after one that found it taken.
   * @param record who holds it; null when nobody seemed to.
   * @throws CILO_LOCKED when it has waited long enough, and the signal's reason.
   */
  pause(record: OwnerRecord | null, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * How long one look after another waits: this share of the time waited so far, within these bounds. Many who wait for
 * long look rarely, so that they leave the processor to the one they wait for; the spread keeps them from meeting again
 * and again.
 */
const pollShare = 0.1;
const pollMinMs = 5;
const pollMaxMs = 100;
/** While the lock has the same record, how long until it is looked whether its owner lives and is suspended. */
const ownerIntervalMs = 500;
/**
 * A lock may seem held by nobody for an instant, when it changes hands: not for so long, and not at so many looks in a
 * row.
 */
const changeOfHandsMs = 1_000;
const changeOfHandsLooks = 10;

/** What has been seen of the one who is in the way now. */
interface Turn {
  record: OwnerRecord | null;
  sinceMs: number;
  looks: number;
  /** Null: it was not suspended at the last look. */
  suspendedSinceMs: number | null;
}

/** Begins to wait for the lock at `path`. */
export function createLockWait(path: string, patience: LockPatience, clock: Clock): LockWait {
  const startMs = clock.monotonicMs();
  let turn: Turn | null = null;

  async function judge(record: OwnerRecord | null): Promise<void> {
    const nowMs = clock.monotonicMs();
    if (turn === null || turn.record?.text !== record?.text) {
      turn = { record, sinceMs: nowMs, looks: 0, suspendedSinceMs: null };
    }
    turn.looks += 1;
    if (!record?.holder) return refuseNobody(path, turn, nowMs);
    const wasSuspended = turn.suspendedSinceMs !== null;
    const suspended = await isSuspended(record.holder.pid);
    turn.suspendedSinceMs = suspended ? (turn.suspendedSinceMs ?? nowMs) : null;
    const limitMs = findPassedLimit(patience, turn, nowMs);
    if (limitMs !== null) throw await heldError(path, record.holder, limitMs);
    if (turn.looks === 1 || suspended !== wasSuspended) patience.onWait?.({ ...record.holder, suspended });
  }

  return {
    async pause(record, signal) {
      await judge(record);
      const dueMs = clock.monotonicMs() + ownerIntervalMs;
      do {
        await sleep(pauseAfter(clock.monotonicMs() - startMs), signal);
      } while (record !== null && clock.monotonicMs() < dueMs && readOwnerText(path) === record.text);
    },
  };
}

function pauseAfter(waitedMs: number): number {
  const pauseMs = Math.min(pollMaxMs, Math.max(pollMinMs, waitedMs * pollShare));
  return pauseMs * (0.5 + Math.random());
}

async function sleep(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(durationMs, undefined, signal ? { signal } : {});
  } catch (error) {
    // The timer throws an AbortError of its own in place of the signal's reason.
    signal?.throwIfAborted();
    throw error;
  }
}

/** @returns the limit that the one in the way has passed, in milliseconds, or null. */
function findPassedLimit(patience: LockPatience, turn: Turn, nowMs: number): number | null {
  const { timeoutMs, suspendedTimeoutMs = timeoutMs } = patience;
  if (nowMs - turn.sinceMs >= timeoutMs) return timeoutMs;
  const suspendedMs = turn.suspendedSinceMs === null ? 0 : nowMs - turn.suspendedSinceMs;
  return suspendedMs > 0 && suspendedMs >= suspendedTimeoutMs ? suspendedTimeoutMs : null;
}

function refuseNobody(path: string, { sinceMs, looks }: Turn, nowMs: number): void {
  if (nowMs - sinceMs < changeOfHandsMs || looks < changeOfHandsLooks) return;
  throw new CiloError("CILO_LOCKED", `cannot lock ${path}: something that is not a lock is there`, {
    hint: `look at it with "ls -lR ${quotePath(path)}" and move it away`,
    details: { path },
  });
}

async function heldError(path: string, holder: LockHolder, timeoutMs: number): Promise<CiloError> {
  const { pid, purpose, since } = holder;
  const suspension = await readSuspension(pid);
  const waited = timeoutMs > 0 ? ` within ${timeoutMs / 1_000} s` : "";
  const who = `pid ${pid}${suspension ? ", which is suspended," : ""} holds it since ${since} for "${purpose}"`;
  return new CiloError("CILO_LOCKED", `cannot lock ${path}${waited}: ${who}`, {
    hint: suspension
      ? `run "kill -CONT -- -${suspension.groupId}" to let it go on, or "kill ${pid}; kill -CONT ${pid}" to end it, then run the command again`
      : `wait until it ends ("ps -p ${pid}" shows it), then run the command again`,
    details: { path, pid, purpose, since, suspended: suspension !== null },
  });
}
