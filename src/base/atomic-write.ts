import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { faultPoint } from "./fault-point.ts";

export interface AtomicWriteOptions {
  /** Permission bits of the new file. */
  mode?: number;
  /** Looked at after the data is safe on disk and before it replaces the old file; a throw leaves the old file as it was. */
  beforeReplace?: () => Promise<void>;
}

/**
 * Replaces a file so that a reader, or a crash at any instant, sees the old bytes or the new ones, never a part:
 * temp file in the same folder, fsync, rename, fsync of the folder. For small files: it blocks the event loop while it
 * works, since others often wait for a lock meanwhile, and a process that gives the processor away at every step gets
 * it back late where many wait for it.
 * @throws what the file system throws (ENOSPC, EACCES, EROFS); the old file is then intact and the temp file gone.
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const temp = `${path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(temp, "wx", options.mode ?? 0o600);
    faultPoint("file.opened");
    try {
      writeFileSync(file, data);
      faultPoint("file.filled");
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    faultPoint("file.synced");
    await options.beforeReplace?.();
    renameSync(temp, path);
    faultPoint("file.replaced");
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
  faultPoint("file.kept");
}

/** Makes renames and removals inside a folder survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
