/** Lets a bounded number of tasks run at a time; the others wait in the order they came. */
export interface SocketGate {
  /**
   * Runs a task when there is room.
   * @throws what the task throws; the signal's reason when it is aborted before the task began.
   */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface SocketGateOptions {
  /** How many tasks run at a time. */
  limit: number;
  /** How many begin in one turn of the event loop, so that a burst of them does not hold up everything else. */
  perTurn: number;
}

/** Makes a gate for tasks that each hold a socket. */
export function createSocketGate({ limit, perTurn }: SocketGateOptions): SocketGate {
  const waiting = new Set<() => void>();
  let running = 0;
  let begunThisTurn = 0;

  function admit(): void {
    for (const begin of waiting) {
      if (!hasRoom()) return;
      waiting.delete(begin);
      enter();
      begin();
    }
  }

  function hasRoom(): boolean {
    return running < limit && begunThisTurn < perTurn;
  }

  function enter(): void {
    running += 1;
    begunThisTurn += 1;
    if (begunThisTurn > 1) return;
    setImmediate(() => {
      begunThisTurn = 0;
      admit();
    });
  }

  function untilRoom(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.delete(begin);
        reject(signal.reason);
      };
      const begin = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      signal.addEventListener("abort", onAbort);
      waiting.add(begin);
    });
  }

  return {
    async run(task, signal) {
      signal.throwIfAborted();
      if (hasRoom()) enter();
      else await untilRoom(signal);
      try {
        return await task();
      } finally {
        running -= 1;
        admit();
      }
    },
  };
}
