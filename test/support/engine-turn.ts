import { tmpdir } from "node:os";
import { join } from "node:path";
import { acquireLock, type HeldLock } from "../../src/state/lock.ts";

const engineLock = join(tmpdir(), "cilo-test-engine.lock");
let engineTurn: { turns: number; lock: Promise<HeldLock> } | null = null;

/**
 * Waits until no other test file uses the engine. They run in parallel processes, their environments have the same names, and some compare all that is on the engine before and
 * after.
 * @returns what ends the turn; a file may take several, which overlap.
 */
export async function takeEngineTurn(): Promise<() => Promise<void>> {
  engineTurn ??= {
    turns: 0,
    lock: acquireLock(engineLock, { timeoutMs: Number.POSITIVE_INFINITY, purpose: "tests" }),
  };
  const turn = engineTurn;
  turn.turns += 1;
  const lock = await turn.lock;
  return async () => {
    turn.turns -= 1;
    if (turn.turns > 0) return;
    engineTurn = null;
    await lock.release();
  };
}
