import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasErrorCode } from "./errors.ts";

/**
 * Makes a directory and those above it that are missing, mode 0700. It is no error when it is there. Node's own recursive mkdir never ends where a
 * file system answers ENOENT to a new name in a directory that is there (procfs, an autofs mount).
 * @throws what the file system throws: EACCES, EROFS, ENOTDIR, ENOENT, ENOSPC.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (hasErrorCode(error, "EEXIST") && (await stat(path)).isDirectory()) return;
    if (!hasErrorCode(error, "ENOENT") || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path, { mode: 0o700 }).catch((again: unknown) => {
      // Another process made it meanwhile.
      if (!hasErrorCode(again, "EEXIST")) throw again;
    });
  }
}
