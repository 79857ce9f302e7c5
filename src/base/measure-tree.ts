import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "./errors.ts";

/** What a file, or a directory with all that is in it, takes on disk, in bytes. What goes away meanwhile and what may not be read counts nothing. */
export async function measureTree(path: string): Promise<number> {
  const stats = await lookAt(() => lstat(path), null);
  if (stats === null) return 0;
  let sizeBytes = sizeOf(stats);
  const names = stats.isDirectory() ? await lookAt(() => readdir(path), []) : [];
  // One after the other: a tree may have more files than a process may open.
  for (const name of names) sizeBytes += await measureTree(join(path, name));
  return sizeBytes;
}

function sizeOf({ blocks, size }: Stats): number {
  // Blocks have 512 bytes each, whatever those of the file system have (stat(2)); not every file system counts them.
  return blocks > 0 ? blocks * 512 : size;
}

async function lookAt<T>(look: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR", "EACCES")) return otherwise;
    throw error;
  }
}
