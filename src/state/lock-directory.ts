import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, stat, utimes } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { callbackify } from "node:util";
import { hasErrorCode } from "../base/errors.ts";
import { identityOf, isAlive } from "../base/process-identity.ts";
import { ownerFileOf, readOwner } from "./lock-owner.ts";

/**
 * The file operations proper-lockfile makes and removes one lock with, changed so that a lock never exists without its owner's
 * record and a removal never takes another owner's lock.
 * @param ownerText the record this acquisition writes, and the only one it will remove.
 */
export function createLockFileSystem(ownerText: string) {
  return {
    mkdir: callbackify((path: string) => placeLock(path, ownerText)),
    rmdir: callbackify(async (path: string) => {
      await removeLock(path, ownerText);
    }),
    rmdirSync: (path: string) => removeLockSync(path, ownerText),
    stat,
    utimes,
  };
}

/**
 * Makes the lock directory whole under another name and renames it into place. rename(2) replaces an empty directory only, and a
 * lock is never empty.
 * @throws EEXIST when somebody holds the lock.
 */
async function placeLock(path: string, ownerText: string): Promise<void> {
  const temp = temporaryPathOf(path);
  try {
    await mkdir(temp, { mode: 0o700 });
    await writeFile(ownerFileOf(temp), ownerText, { mode: 0o600 });
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { recursive: true, force: true });
    if (!hasErrorCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    throw Object.assign(new Error(`${path} is locked`, { cause: error }), { code: "EEXIST" });
  }
}

/**
 * Frees a lock if it still is the one with this record: renamed away first, so that no one sees it half removed.
 * @returns whether it was there.
 */
export async function removeLock(path: string, ownerText: string): Promise<boolean> {
  if ((await readOwner(path))?.text !== ownerText) return false;
  const temp = temporaryPathOf(path);
  try {
    await rename(path, temp);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return false;
    throw error;
  }
  await rm(temp, { recursive: true, force: true });
  return true;
}

/** The same while the process exits, when nothing can be awaited. */
function removeLockSync(path: string, ownerText: string): void {
  if (readFileSync(ownerFileOf(path), "utf8") !== ownerText) return;
  const temp = temporaryPathOf(path);
  renameSync(path, temp);
  rmSync(temp, { recursive: true, force: true });
}

/** Removes what killed processes left beside a lock: directories on their way in or out. Those of living processes stay. */
export async function removeLockLitter(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(?:break\.)*(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid === undefined) continue;
    const litter = join(folder, name);
    if (await isAbandoned(litter, Number(pid))) await rm(litter, { recursive: true, force: true });
  }
}

async function isAbandoned(litter: string, makerPid: number): Promise<boolean> {
  if ((await identityOf(makerPid)) === null) return true;
  const holder = (await readOwner(litter))?.holder ?? null;
  return holder !== null && !(await isAlive(holder));
}

/** Carries the maker's pid, so that it can be told from litter before the record is in it. */
function temporaryPathOf(path: string): string {
  return `${path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
}
