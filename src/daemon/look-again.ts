/** Asks for further looks at things, by id. */
export interface LookAgain {
  /** Asks for a look after each of the delays; what was asked for this id before is forgotten. */
  after(id: string, delaysMs: readonly number[]): void;
  /** Forgets all. */
  clear(): void;
}

/** @param look called with the id when a delay is over. */
export function createLookAgain(look: (id: string) => void): LookAgain {
  const timers = new Map<string, NodeJS.Timeout[]>();
  const forget = (id: string) => {
    for (const timer of timers.get(id) ?? []) clearTimeout(timer);
    timers.delete(id);
  };
  return {
    after(id, delaysMs) {
      forget(id);
      const lastMs = Math.max(...delaysMs);
      const start = (delayMs: number) =>
        setTimeout(() => {
          if (delayMs === lastMs) timers.delete(id);
          look(id);
        }, delayMs);
      timers.set(id, delaysMs.map(start));
    },
    clear() {
      for (const id of timers.keys()) forget(id);
    },
  };
}
