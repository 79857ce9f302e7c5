import { CiloError } from "../../base/errors.ts";
import { toUnreachable } from "./unreachable.ts";

/** How long this process waits for an engine. */
export interface Patience {
  /** For the whole of a question, in milliseconds. */
  questionTimeoutMs: number;
  /**
   * Aborted when the user wants no more: what is under way ends with its reason. What is begun after that tidies up,
   * and is given `tidyingTimeoutMs`.
   */
  signal: AbortSignal | null;
}

/** A loaded engine takes seconds to list; one that takes longer than this hangs. */
export const defaultPatience: Patience = { questionTimeoutMs: 20_000, signal: null };

/** Whoever has pressed Ctrl-C waits for no more than this. */
const tidyingTimeoutMs = 10_000;

/** The limit of one request. */
export interface RequestLimit {
  /** Aborted when the request is to end. */
  signal: AbortSignal;
  /**
   * What a request that failed failed for: the user's interruption, an engine that does not answer, or what was thrown.
   */
  toReason(error: unknown): unknown;
}

/**
 * Begins to measure the time of a request.
 * @param options.lost aborted with the reason when the engine is found not to answer anybody.
 */
export function limitRequest(
  { endpoint, patience }: { endpoint: string; patience: Patience },
  options: { timeoutMs: number; lost?: AbortSignal },
): RequestLimit {
  const isTidying = patience.signal?.aborted ?? false;
  const timeoutMs = isTidying ? Math.min(options.timeoutMs, tidyingTimeoutMs) : options.timeoutMs;
  const interruption = isTidying ? null : patience.signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signals = [timeout, interruption, options.lost].filter((signal) => signal != null);
  return {
    signal: AbortSignal.any(signals),
    toReason(error) {
      if (error instanceof CiloError) return error;
      if (interruption?.aborted) return interruption.reason;
      if (options.lost?.aborted) return options.lost.reason;
      return timeout.aborted ? toUnreachable(timeout.reason, { endpoint }) : error;
    },
  };
}
