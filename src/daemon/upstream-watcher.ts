import { type FSWatcher, watch } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasErrorCode, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { WatchedPath } from "../dns/upstreams.ts";
import { absentCodes, identityOf, stampFile, unlessAbsent } from "./file-stamp.ts";

export interface UpstreamWatcherOptions {
  paths: readonly WatchedPath[];
  /** Put before every path; "" on a real machine. */
  root: string;
  log: Logger;
  onChange: () => void;
  /** How often all paths are looked at besides, in milliseconds. */
  pollMs: number;
}

interface WatchedFolder {
  watcher: FSWatcher;
  /** Of the folder that is watched; one of the same name may take its place. */
  identity: string;
}

/** Names in a folder that matter; null: all of them. */
type FolderNames = Map<string, Set<string> | null>;

/**
 * Tells when files change. Their folders are watched: files of this kind are replaced by rename, and a watch of the
 * file would stay with the old one. Where a folder cannot be watched, or comes into being later, polling finds out.
 */
export async function watchUpstreamFiles(options: UpstreamWatcherOptions): Promise<Disposable> {
  const { log, onChange, pollMs } = options;
  const folders = new Map<string, WatchedFolder>();
  let stamps = "";
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  async function refresh(): Promise<boolean> {
    await watchFolders(await findFolders(options), { folders, onChange, log });
    const before = stamps;
    stamps = (await Promise.all(options.paths.map(({ path }) => stampFile(join(options.root, path))))).join("\n");
    return stamps !== before;
  }

  async function poll(): Promise<void> {
    try {
      if (await refresh()) onChange();
    } catch (error) {
      log.warn({ error: messageOf(error) }, "the files that list DNS servers cannot be watched");
    }
    schedule();
  }

  function schedule(): void {
    // What a poll under way has opened since.
    if (isClosed) closeAll(folders);
    else timer = setTimeout(poll, pollMs).unref();
  }

  await refresh();
  schedule();
  return {
    [Symbol.dispose]() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      closeAll(folders);
    },
  };
}

/** The folders to watch: those of the files and, where a file is a link, the one it leads to. */
async function findFolders({ paths, root }: UpstreamWatcherOptions): Promise<FolderNames> {
  const folders: FolderNames = new Map();
  const add = (path: string) => {
    const names = folders.get(dirname(path));
    if (names !== null) folders.set(dirname(path), (names ?? new Set()).add(basename(path)));
  };
  for (const { path, kind } of paths) {
    const full = join(root, path);
    if (kind === "folder") folders.set(full, null);
    else add(full);
    const real = kind === "file" ? await unlessAbsent(realpath(full)) : null;
    if (real !== null && real !== full) add(real);
  }
  return folders;
}

async function watchFolders(
  wanted: FolderNames,
  { folders, onChange, log }: { folders: Map<string, WatchedFolder>; onChange: () => void; log: Logger },
): Promise<void> {
  for (const [folder, names] of wanted) {
    const stats = await unlessAbsent(stat(folder, { bigint: true }));
    const identity = stats === null ? null : identityOf(stats);
    const current = folders.get(folder);
    if (current !== undefined && current.identity === identity) continue;
    current?.watcher.close();
    folders.delete(folder);
    const forget = () => folders.delete(folder);
    const watcher = identity === null ? null : openWatcher(folder, { names, onChange, forget, log });
    if (watcher !== null && identity !== null) folders.set(folder, { watcher, identity });
  }
}

interface OpenOptions {
  names: Set<string> | null;
  onChange: () => void;
  /** Called when the watch is lost. */
  forget: () => void;
  log: Logger;
}

/** Null where the system has no watch left to give; polling goes on. */
function openWatcher(folder: string, { names, onChange, forget, log }: OpenOptions): FSWatcher | null {
  const warn = (error: unknown) => log.debug({ folder, error: messageOf(error) }, "a folder cannot be watched");
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || names === null || names.has(name)) onChange();
    });
    return watcher.on("error", (error) => {
      warn(error);
      watcher.close();
      forget();
    });
  } catch (error) {
    if (!hasErrorCode(error, "ENOSPC", "EMFILE", ...absentCodes)) throw error;
    warn(error);
    return null;
  }
}

function closeAll(folders: Map<string, WatchedFolder>): void {
  for (const { watcher } of folders.values()) watcher.close();
  folders.clear();
}
