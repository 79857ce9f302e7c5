import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { State } from "../model/state.ts";
import type { StateStore } from "../state/store.ts";

/** Commands write several times in a row; one read serves them all. */
const quietMs = 30;
/** Some file systems report nothing. */
const pollMs = 5_000;

export interface StateWatcherOptions {
  stateFile: string;
  store: Pick<StateStore, "read">;
  /** Asked when a read begins; handed on with what it brings. */
  moment: () => number;
  /** @returns false when it came too late to be taken: the file is then read again. */
  onState: (state: State, began: number) => boolean;
  log: Logger;
  /** Called with what was thrown when it is no fault of the file. */
  onBug: (error: unknown) => void;
}

export interface StateWatcher extends Disposable {
  close(): void;
}

/**
 * Reads state at once, and again whenever its file is replaced, and hands it on. Never reads twice at a time. A file that cannot be read leaves things as
 * they are.
 */
export function watchState(options: StateWatcherOptions): StateWatcher {
  let timer: NodeJS.Timeout | null = null;
  let isReading = false;
  let isWanted = false;
  let isClosed = false;

  function schedule(): void {
    isWanted = true;
    if (!isReading && !isClosed) timer ??= setTimeout(() => run().catch(options.onBug), quietMs);
  }

  async function run(): Promise<void> {
    timer = null;
    isReading = true;
    isWanted = false;
    const isTaken = await readOnce(options, () => isClosed);
    isReading = false;
    if (isWanted || !isTaken) schedule();
  }

  const watcher = watchFile(options, schedule);
  const poll = setInterval(schedule, pollMs);
  poll.unref();
  // What was written since the caller read it.
  schedule();
  const close = () => {
    isClosed = true;
    watcher?.close();
    clearInterval(poll);
    if (timer) clearTimeout(timer);
  };
  return { close, [Symbol.dispose]: close };
}

/** @returns false when it is to be read again at once. */
async function readOnce(options: StateWatcherOptions, isClosed: () => boolean): Promise<boolean> {
  const { store, moment, onState, log } = options;
  const began = moment();
  try {
    const state = await store.read();
    return isClosed() || onState(state, began);
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    log.error({ code: error.code, error: error.message }, "state cannot be read; answering from what was known");
    return true;
  }
}

/** Watches the folder: the file itself is another one after every rename. Null where the system has no watch left to give. */
function watchFile({ stateFile, log }: StateWatcherOptions, onChange: () => void): FSWatcher | null {
  const warn = (error: unknown) =>
    log.warn({ error: messageOf(error) }, "the state folder cannot be watched; polling it");
  try {
    const watcher = watch(dirname(stateFile), (_event, name) => {
      if (name === null || name === basename(stateFile)) onChange();
    });
    return watcher.on("error", warn);
  } catch (error) {
    if (!hasErrorCode(error, "ENOSPC", "EMFILE", "ENOENT")) throw error;
    warn(error);
    return null;
  }
}
