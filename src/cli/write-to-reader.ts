import { once } from "node:events";
import type { Writable } from "node:stream";

/**
 * Writes, and waits while the reader is behind: what comes after waits where it comes from, not in memory.
 * @param signal aborted: it is not waited any longer.
 * @returns false when nobody reads any more.
 */
export async function writeToReader(stream: Writable, text: string, signal: AbortSignal): Promise<boolean> {
  if (!stream.writable || signal.aborted) return false;
  if (stream.write(text)) return true;
  const ended = new AbortController();
  try {
    await Promise.race(
      ["drain", "close"].map((event) => once(stream, event, { signal: AbortSignal.any([signal, ended.signal]) })),
    );
  } catch {
    // The stream failed, which whoever guards it knows, or the signal was aborted.
  } finally {
    ended.abort();
  }
  return stream.writable && !signal.aborted;
}
