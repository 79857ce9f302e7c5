import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { hasErrorCode } from "../base/errors.ts";

/**
 * Keeps the bytes of an old state file as `state.json.v<version>.backup` beside it. A backup that is there with other contents stays, and
 * the new one gets a number: `state.json.v2.backup.2`.
 * @returns where the backup is.
 * @throws what the file system throws.
 */
export async function backUp(stateFile: string, version: number, data: Uint8Array): Promise<string> {
  for (let count = 1; ; count += 1) {
    const path = `${stateFile}.v${version}.backup${count === 1 ? "" : `.${count}`}`;
    const existing = await readIfThere(path);
    if (existing === null) await writeFileAtomically(path, data, { mode: 0o600 });
    if (existing === null || Buffer.compare(existing, data) === 0) return path;
  }
}

/** The backup written last, or null when there is none or the folder cannot be read. */
export async function findNewestBackup(stateFile: string): Promise<string | null> {
  const folder = dirname(stateFile);
  const prefix = `${basename(stateFile)}.v`;
  let newest: { path: string; timeMs: number } | null = null;
  try {
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix) || !/^[0-9]+\.backup(\.[0-9]+)?$/.test(name.slice(prefix.length))) continue;
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (newest === null || mtimeMs > newest.timeMs) newest = { path, timeMs: mtimeMs };
    }
  } catch (error) {
    // This only adds to the message about the state file itself.
    if (!hasErrorCode(error, "ENOENT", "EACCES", "EPERM", "ENOTDIR")) throw error;
  }
  return newest?.path ?? null;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return null;
    throw error;
  }
}
