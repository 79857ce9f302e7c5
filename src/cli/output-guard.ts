import type { Writable } from "node:stream";
import { hasErrorCode } from "../base/errors.ts";

/** What becomes of the writing to a standard stream. */
export interface OutputGuard {
  /** Waits until what was written is out or known to be lost. */
  flush(): Promise<void>;
  /** Why something that was written is lost; null when nothing is, and when the reader had enough of it. */
  failure(): Error | null;
}

/**
 * Keeps a stream that cannot be written to (its reader is gone, its disk is full) from ending the process in the middle of its work. For good: there is no
 * moment at which a late failure may end it.
 */
export function guardOutput(stream: Writable): OutputGuard {
  let failure: Error | null = null;
  const note = (error: Error | null | undefined) => {
    // After its first failure a stream refuses all that follows, which says no more than that failure did.
    if (error && !hasErrorCode(error, "EPIPE", "ERR_STREAM_DESTROYED")) failure ??= error;
  };
  stream.on("error", note);
  return {
    flush: () =>
      new Promise((resolve) => {
        stream.write("", (error) => {
          note(error);
          resolve();
        });
      }),
    failure: () => failure,
  };
}
