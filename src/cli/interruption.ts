import { CiloError } from "../base/errors.ts";

const goOnHint = 'run the same command again to go on, or "cilo list" to see where things stand';

/** What a command ends with that the user broke off. */
export function createInterruption(cause?: unknown): CiloError {
  return new CiloError("CILO_INTERRUPTED", "interrupted", { hint: goOnHint, cause });
}

/**
 * What to tell of an error that came after the user's interruption: whatever a wait was cut short with is no bug, and
 * what says no more than that it was interrupted says how to go on. Anything else stays what it is.
 */
export function toInterruption(thrown: unknown): unknown {
  if (thrown instanceof CiloError && thrown.code === "CILO_INTERRUPTED" && thrown.hint === null) {
    return new CiloError("CILO_INTERRUPTED", thrown.message, {
      hint: goOnHint,
      details: thrown.details,
      cause: thrown,
    });
  }
  return isAbort(thrown) ? createInterruption(thrown) : thrown;
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "ABORT_ERR");
}
