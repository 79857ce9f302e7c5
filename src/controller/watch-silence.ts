/** Notices that a program which tells what it does has told nothing for long. */
export interface SilenceWatch extends Disposable {
  note(line: string): void;
}

/** Pulling, building and waiting go on without a word for about as long. */
export const longSilenceMs = 60_000;

/**
 * Begins to watch, until it is disposed of.
 * @param onSilence called once in each silence, with the last line before it; null when there was none.
 */
export function watchSilence(silenceMs: number, onSilence: (lastLine: string | null) => void): SilenceWatch {
  let lastLine: string | null = null;
  const begin = () => setTimeout(() => onSilence(lastLine), silenceMs);
  let timer = begin();
  return {
    note(line) {
      if (line.trim() === "") return;
      lastLine = line.trim();
      clearTimeout(timer);
      timer = begin();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** What the user is told then. */
export function describeSilence(lastLine: string | null): string {
  const last = lastLine === null ? "" : `, its last line: "${lastLine}"`;
  return `docker compose has said nothing for ${longSilenceMs / 1000} s${last}; the engine lives, Ctrl-C ends the waiting`;
}
