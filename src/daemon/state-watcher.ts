import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { State } from "../model/state.ts";
import type { StateStore } from "../state/store.ts";
import { stampFile } from "./file-stamp.ts";

/** Commands write several times in a row; one read serves them all. */
const quietMs = 30;
/** Some file systems report nothing. */
const defaultPollMs = 5_000;

export interface StateWatcherOptions {
  stateFile: string;
  /** The file's stamp from before the caller read it; null when it did not. */
  stamp: string | null;
  store: Pick<StateStore, "read">;
  /** Asked when a read begins; handed on with what it brings. */
  moment: () => number;
  /** @returns false when it came too late to be taken: the file is then read again. */
  onState: (state: State, began: number) => boolean;
  log: Logger;
  /** Called with what was thrown when it is no fault of the file. */
  onBug: (error: unknown) => void;
  /** How often the file is looked at whatever the watch says, in milliseconds; default 5 s. */
  pollMs?: number;
  /** What tells the file from the one that was there before; default that of the file system. */
  stampOf?: (path: string) => Promise<string>;
}

export interface StateWatcher extends Disposable {
  close(): void;
}

/**
 * Reads state again whenever its file is another one than the caller read, at once if it is by now, and hands it on. Never reads twice at a time. A file
 * that cannot be read leaves things as they are.
 */
export function watchState(options: StateWatcherOptions): StateWatcher {
  const { onBug, pollMs = defaultPollMs } = options;
  let { stamp } = options;
  let timer: NodeJS.Timeout | null = null;
  let isReading = false;
  let isWanted = false;
  let isClosed = false;

  function schedule(): void {
    isWanted = true;
    if (!isReading && !isClosed) timer ??= setTimeout(() => run().catch(onBug), quietMs);
  }

  async function run(): Promise<void> {
    timer = null;
    isReading = true;
    isWanted = false;
    // Before the read: what is written during it is to be seen afterwards.
    const read = await stampOrNull(options);
    const outcome = await readOnce(options, () => isClosed);
    stamp = outcome === "unreadable" ? null : read;
    isReading = false;
    if (isWanted || outcome === "outdated") schedule();
  }

  /** The watch misses nothing where it works, so that this costs one stat(2) and the file is rarely read because of it. */
  async function poll(): Promise<void> {
    const now = await stampOrNull(options);
    if (now === null || now !== stamp) schedule();
  }

  const watcher = watchFile(options, schedule);
  const polling = setInterval(poll, pollMs).unref();
  void poll();
  const close = () => {
    isClosed = true;
    watcher?.close();
    clearInterval(polling);
    if (timer) clearTimeout(timer);
  };
  return { close, [Symbol.dispose]: close };
}

/** Null, which no stamp is equal to, when the file cannot be looked at: reading it then says why. */
async function stampOrNull({ stateFile, stampOf = stampFile }: StateWatcherOptions): Promise<string | null> {
  try {
    return await stampOf(stateFile);
  } catch {
    return null;
  }
}

/** @returns "outdated" when it is to be read again at once. */
async function readOnce(
  options: StateWatcherOptions,
  isClosed: () => boolean,
): Promise<"taken" | "outdated" | "unreadable"> {
  const { store, moment, onState, log } = options;
  const began = moment();
  try {
    const state = await store.read();
    return isClosed() || onState(state, began) ? "taken" : "outdated";
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    log.error({ code: error.code, error: error.message }, "state cannot be read; answering from what was known");
    return "unreadable";
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
