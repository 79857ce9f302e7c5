import { constants } from "node:os";
import { endingSignals } from "../base/forward-signals.ts";

/** The signals that ask this process to end, as a command sees them. */
export interface EndingSignals extends Disposable {
  /** Aborted by the first of them: what is under way stops in order. */
  signal: AbortSignal;
  /** 128 and the number of the first one, as shells count; null while there was none. */
  exitCode(): number | null;
  /** From now on a program has the terminal and gets them too: how it ends, and the "Ctrl-C again", are up to it. */
  leaveToChild(): void;
  /** Whether a program has the terminal. */
  isLeftToChild(): boolean;
}

export interface EndingSignalsOptions {
  /** Who gets them: `process`. */
  source: Pick<NodeJS.EventEmitter, "on" | "off">;
  monotonicMs: () => number;
  /** Ends this process at once. */
  force: (exitCode: number) => void;
}

/**
 * Signals that come together ask once: npm and the like hand on the Ctrl-C that the terminal has delivered, and
 * `timeout` signals its child and then the whole group. Nobody presses twice in this time for having seen that nothing
 * happens.
 */
const togetherMs = 500;

/**
 * Listens until it is disposed of. The first signal interrupts, the second one ends the process at once, while a
 * program has the terminal the third. SIGHUP never counts as another: a terminal that is closed sends it once by the
 * kernel and once by the shell.
 */
export function listenForEndingSignals({ source, monotonicMs, force }: EndingSignalsOptions): EndingSignals {
  const interrupt = new AbortController();
  let exitCode: number | null = null;
  let isLeftToChild = false;
  let count = 0;
  let lastMs = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    const nowMs = monotonicMs();
    const code = 128 + constants.signals[signal];
    if (exitCode === null) {
      exitCode = code;
      interrupt.abort();
    } else if (signal === "SIGHUP" || nowMs - lastMs < togetherMs) {
      return;
    }
    lastMs = nowMs;
    count += 1;
    if (count >= (isLeftToChild ? 3 : 2)) force(code);
  };
  for (const signal of endingSignals) source.on(signal, onSignal);
  return {
    signal: interrupt.signal,
    exitCode: () => exitCode,
    leaveToChild() {
      isLeftToChild = true;
    },
    isLeftToChild: () => isLeftToChild,
    [Symbol.dispose]() {
      for (const signal of endingSignals) source.off(signal, onSignal);
    },
  };
}
