/** How a daemon's life comes to its end. */
export interface Ending {
  /** Settles when it is to end; rejects with what `fail` was given. */
  reached: Promise<void>;
  stop(): void;
  /** Something went wrong that is nobody's fault but ours. */
  fail(error: unknown): void;
}

/** @param signal aborted by whoever started the daemon. */
export function createEnding(signal: AbortSignal): Ending {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // It may fail while the daemon still starts and nobody looks yet.
  promise.catch(() => {});
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return { reached: promise, stop: resolve, fail: reject };
}
