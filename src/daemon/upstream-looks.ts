import type { Clock } from "../base/clock.ts";

/** Looks at something that changes: from time to time, and when somebody says that it may have changed. */
export interface Looks {
  /** Asks for a look soon; many requests at once are served by one. */
  request(): void;
  /** Looks as soon as the look under way is done; resolves when that new look is. */
  now(): Promise<void>;
  /** No look begins any more. */
  close(): void;
}

export interface LooksOptions {
  /** Must not reject. @returns false when it found nothing to go by and is to be repeated after `retryMs`. */
  look: () => Promise<boolean>;
  clock: Clock;
  /** How long a request waits for others: a change is often several in a row. */
  quietMs: number;
  /** The least time from the end of a look to the next requested one, so that a busy folder costs little. */
  pauseMs: number;
  retryMs: number;
  /** From the end of a look to the next one that nobody asked for. */
  recheckMs: number;
}

/** Makes what runs looks, one at a time. The first is the caller's to ask for. */
export function createLooks({ look, clock, quietMs, pauseMs, retryMs, recheckMs }: LooksOptions): Looks {
  let next: { timer: NodeJS.Timeout; dueMs: number } | null = null;
  let last: Promise<void> = Promise.resolve();
  let endedMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  function cancel(): void {
    if (next !== null) clearTimeout(next.timer);
    next = null;
  }

  function schedule(delayMs: number): void {
    const dueMs = clock.monotonicMs() + delayMs;
    if (isClosed || (next !== null && next.dueMs <= dueMs)) return;
    cancel();
    next = { timer: setTimeout(start, delayMs).unref(), dueMs };
  }

  function start(): Promise<void> {
    cancel();
    last = last.then(async () => {
      if (isClosed) return;
      const isDone = await look();
      endedMs = clock.monotonicMs();
      schedule(isDone ? recheckMs : retryMs);
    });
    return last;
  }

  return {
    request: () => schedule(Math.max(quietMs, endedMs + pauseMs - clock.monotonicMs())),
    now: start,
    close() {
      isClosed = true;
      cancel();
    },
  };
}
