import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface AtomicWriteOptions {
  /** Permission bits of the new file. */
  mode?: number;
  /** Looked at after the data is safe on disk and before it replaces the old file; a throw leaves the old file as it was. */
  beforeReplace?: () => Promise<void>;
}

/**
 * Replaces a file so that a reader, or a crash at any instant, sees the old bytes or the new ones, never a part:
 * temp file in the same folder, fsync, rename, fsync of the folder.
 * @throws what the file system throws (ENOSPC, EACCES, EROFS); the old file is then intact and the temp file gone.
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const temp = `${path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temp, "wx", options.mode ?? 0o600);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await options.beforeReplace?.();
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes renames and removals inside a folder survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
