/**
 * Shares out the work of one turn of the event loop among connections: however many have queries waiting, everything
 * else gets its time in between.
 */
export interface TurnShares {
  /** Takes the right to answer one query in this turn; false when no more of them may be. */
  take(): boolean;
  /** Calls back in a later turn, after those that asked before. Asking again while waiting changes nothing. */
  wait(resume: () => void): void;
}

/** @param perTurn queries that are answered in one turn, all connections together. */
export function createTurnShares(perTurn: number): TurnShares {
  const waiting = new Set<() => void>();
  let left = perTurn;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(begin);
  }

  function begin(): void {
    isScheduled = false;
    left = perTurn;
    for (const resume of waiting) {
      if (left === 0) break;
      waiting.delete(resume);
      resume();
    }
    if (waiting.size > 0) schedule();
  }

  return {
    take() {
      if (left === 0) return false;
      left -= 1;
      schedule();
      return true;
    },
    wait(resume) {
      waiting.add(resume);
      schedule();
    },
  };
}
