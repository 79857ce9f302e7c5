import { CiloError } from "../base/errors.ts";

/** What a command ends with that the user broke off. */
export function createInterruption(cause?: unknown): CiloError {
  return new CiloError("CILO_INTERRUPTED", "interrupted", {
    hint: 'run the same command again to go on, or "cilo list" to see where things stand',
    cause,
  });
}
