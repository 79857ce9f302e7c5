import { setTimeout as delay } from "node:timers/promises";
import { CiloError } from "../../base/errors.ts";
import type { Connection } from "./connection.ts";
import { get } from "./http.ts";

/** How an engine is asked whether it is alive. */
export interface LivenessTimes {
  /** From the beginning, and from each answer, to the next question: what is done sooner costs no question. */
  intervalMs: number;
  /** An engine has nothing to do for the answer; only a machine that has no time for anything takes seconds. */
  answerTimeoutMs: number;
  /** So many questions in a row without an answer, and it is not alive. */
  maxSilences: number;
}

const defaultTimes: LivenessTimes = { intervalMs: 5_000, answerTimeoutMs: 7_000, maxSilences: 3 };

/**
 * Watches over an engine while something that takes as long as it takes is waited for: a build, a volume of many files.
 */
export interface LivenessWatch extends Disposable {
  /** Aborted with CILO_ENGINE_UNREACHABLE when the engine answers nobody any more. */
  signal: AbortSignal;
}

/** Begins to ask the engine now and then whether it is alive, until it is disposed of. */
export function watchLiveness(connection: Connection, times: LivenessTimes = defaultTimes): LivenessWatch {
  const lost = new AbortController();
  const stop = new AbortController();
  void watch(connection, { times, lost, stop: stop.signal });
  return { signal: lost.signal, [Symbol.dispose]: () => stop.abort() };
}

async function watch(
  connection: Connection,
  { times, lost, stop }: { times: LivenessTimes; lost: AbortController; stop: AbortSignal },
): Promise<void> {
  let silences = 0;
  while (!stop.aborted) {
    await pause(times.intervalMs, stop);
    if (stop.aborted) return;
    const problem = await findSilence(connection, times.answerTimeoutMs);
    silences = problem === null ? 0 : silences + 1;
    if (problem === null || silences < times.maxSilences || stop.aborted) continue;
    lost.abort(problem);
    return;
  }
}

async function pause(durationMs: number, stop: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal: stop, ref: false });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/**
 * Asks the engine whether it is alive; whatever it answers, it is.
 * @returns CILO_ENGINE_UNREACHABLE when there is no answer, else null.
 */
export async function findSilence(
  { patience, ...connection }: Connection,
  answerTimeoutMs: number = defaultTimes.answerTimeoutMs,
): Promise<CiloError | null> {
  try {
    await get({ ...connection, patience: { ...patience, signal: null } }, "/_ping", {
      timeoutMs: answerTimeoutMs,
      cutBody: true,
    });
    return null;
  } catch (error) {
    if (error instanceof CiloError) return error;
    throw error;
  }
}
