import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { State } from "../model/state.ts";
import type { StateStore } from "../state/store.ts";

/** Commands write several times in a row; one read serves them all. */
const quietMs = 30;
/** Some file systems report nothing. */
const pollMs = 5_000;

export interface StateWatcher {
  close(): void;
}

/** Reads state again whenever its file is replaced, and hands it on. A file that cannot be read leaves things as they are. */
export function watchState(options: {
  stateFile: string;
  store: StateStore;
  onState: (state: State) => void;
  log: Logger;
}): StateWatcher {
  const { stateFile, store, onState, log } = options;
  let timer: NodeJS.Timeout | null = null;
  const read = async () => {
    timer = null;
    try {
      onState(await store.read());
    } catch (error) {
      if (!(error instanceof CiloError)) throw error;
      log.error({ code: error.code, error: error.message }, "state cannot be read; answering from what was known");
    }
  };
  const schedule = () => {
    timer ??= setTimeout(() => void read(), quietMs);
  };
  // The folder is watched: the file itself is another one after every rename.
  const watcher = watch(dirname(stateFile), (_event, name) => {
    if (name === null || name === basename(stateFile)) schedule();
  });
  watcher.on("error", (error) => log.warn({ error: error.message }, "the state folder cannot be watched; polling it"));
  const poll = setInterval(schedule, pollMs);
  poll.unref();
  return {
    close() {
      watcher.close();
      clearInterval(poll);
      if (timer) clearTimeout(timer);
    },
  };
}
