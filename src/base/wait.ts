import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  timeoutMs: number;
  /** Pause between two looks, in milliseconds. */
  intervalMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Looks again and again until `look` returns something other than null.
 * @returns what `look` returned, or null when `timeoutMs` have passed without it.
 * @throws what `look` throws; when the signal is aborted its reason, or an AbortError with the reason as its cause.
 */
export async function waitFor<T>(look: () => Promise<T | null> | T | null, options: WaitOptions): Promise<T | null> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    const left = end - performance.now();
    if (left <= 0) return null;
    await delay(Math.min(options.intervalMs ?? 50, left), undefined, options.signal ? { signal: options.signal } : {});
  }
}
