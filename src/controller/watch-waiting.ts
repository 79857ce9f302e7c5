/** Follows what Compose writes, to know for how long it has waited for each container's health. */
export interface WaitingWatch extends Disposable {
  /** Aborted when it has waited for one of them for too long. */
  signal: AbortSignal;
  /** Names of the containers that it waits for; once the signal is aborted, those of that moment: Compose, being ended, says something of each. */
  awaited(): string[];
  note(line: string): void;
}

/**
 * Compose waits without end for what others depend on, while pulling and building may take as long as they take. It says when it begins to
 * wait for a container and when that ends, one line each: "Container NAME  Waiting" (with `--progress plain`).
 * @param isTimed whether a container may be waited for only so long; a job that has to complete takes as long as it takes.
 */
export function watchWaiting(timeoutMs: number, isTimed: (container: string) => boolean): WaitingWatch {
  const controller = new AbortController();
  const timers = new Map<string, NodeJS.Timeout | null>();
  let overdue: string[] | null = null;
  const giveUp = () => {
    overdue ??= [...timers.keys()].sort();
    controller.abort();
  };
  const forget = (name: string) => {
    clearTimeout(timers.get(name) ?? undefined);
    timers.delete(name);
  };
  return {
    signal: controller.signal,
    awaited: () => overdue ?? [...timers.keys()].sort(),
    note(line) {
      const [, name = "", state] = /^\s*Container (\S+)\s+(\S+)/.exec(line) ?? [];
      if (name === "") return;
      if (state !== "Waiting") forget(name);
      else if (!timers.has(name)) {
        timers.set(name, isTimed(name) ? setTimeout(giveUp, timeoutMs) : null);
      }
    },
    [Symbol.dispose]() {
      for (const name of [...timers.keys()]) forget(name);
    },
  };
}
