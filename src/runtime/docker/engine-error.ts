import { CiloError, messageOf } from "../../base/errors.ts";
import type { Connection } from "./connection.ts";
import { toUnreachable } from "./unreachable.ts";

/**
 * The error for a request that the engine answered with a refusal.
 * @param action what was asked, as "create network shop_default".
 */
export function toRequestFailure(
  action: string,
  refusal: { status: number; reason: string; cause?: unknown },
): CiloError {
  const { status, reason, cause } = refusal;
  return new CiloError("CILO_ENGINE_REQUEST_FAILED", `the engine refused to ${action}: ${reason}`, {
    details: { status, reason },
    cause,
  });
}

/**
 * Turns what dockerode rejects with into ours; the user's interruption stays what it is.
 * @param context.action what was asked, as "remove volume shop_data".
 */
export function toEngineError(error: unknown, context: { action: string; connection: Connection }): unknown {
  const { signal } = context.connection.patience;
  if (error instanceof CiloError || (signal?.aborted && error === signal.reason)) return error;
  const status = statusOf(error);
  if (status === null) return toUnreachable(error, context.connection);
  return toRequestFailure(context.action, { status, reason: reasonOf(error), cause: error });
}

/** The HTTP status of an engine's refusal, or null when there was no reply at all. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("statusCode" in error)) return null;
  return typeof error.statusCode === "number" ? error.statusCode : null;
}

/** The engine's own words; dockerode's message wraps them in "(HTTP code 409) conflict - ...". */
export function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .trim();
}
