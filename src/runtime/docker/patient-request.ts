import type { Connection } from "./connection.ts";
import { watchLiveness } from "./liveness.ts";
import { limitRequest } from "./patience.ts";

/** What a request that changes something may take, in milliseconds, on a machine that is busy with much else. */
export const requestTimeoutsMs = {
  "network creation": 60_000,
  "network removal": 60_000,
  "container creation": 60_000,
  "container start": 60_000,
  // Its processes are killed at once; its files may be many.
  "container removal": 300_000,
  "volume removal": 900_000,
  "image removal": 900_000,
} as const;

/**
 * Waits for a request that changes something: for as long as such a thing may take, but no longer than the engine
 * lives, and no longer than the user wants.
 * @throws what the request threw, CILO_ENGINE_UNREACHABLE, and the reason of the patience's signal.
 */
export async function patientlyRequest<T>(
  connection: Connection,
  timeoutMs: number,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using engine = watchLiveness(connection);
  const limit = limitRequest(connection, { timeoutMs, lost: engine.signal });
  try {
    return await request(limit.signal);
  } catch (error) {
    throw limit.signal.aborted ? limit.toReason(error) : error;
  }
}
