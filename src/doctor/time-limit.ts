import { setTimeout as delay } from "node:timers/promises";

/** How long something may take. */
export interface TimeLimit<T> {
  limitMs: number;
  /** Aborted: nobody waits any more. */
  signal: AbortSignal;
  /** What stands in for the result when it does not come in time; may throw. */
  giveUp(): T;
}

/**
 * Waits for work that cannot be cut short; work given up goes on, and what becomes of it is not heard of.
 * @throws what the work or `giveUp` throws, and the signal's reason.
 */
export async function withinTimeLimit<T>(work: Promise<T>, { limitMs, signal, giveUp }: TimeLimit<T>): Promise<T> {
  const done = new AbortController();
  const timer = delay(limitMs, null, { signal: AbortSignal.any([signal, done.signal]) });
  // Ended with the work, it rejects when nobody listens any more.
  timer.catch(() => {});
  try {
    const first = await Promise.race([work.then((result) => ({ result })), timer]);
    return first === null ? giveUp() : first.result;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    done.abort();
  }
}
