import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { identityOf, isAlive } from "../base/process-identity.ts";
import { ownerFileOf, readOwner } from "./lock-owner.ts";

/**
 * The file operations proper-lockfile makes and removes one lock with, changed so that a lock never exists without its
 * owner's record and a removal never takes another owner's lock. They are synchronous: each takes microseconds, and
 * waiting for a thread to do them takes milliseconds while many processes want the lock.
 * @param ownerText the record this acquisition writes, and the only one it will remove.
 */
export function createLockFileSystem(ownerText: string) {
  return {
    mkdir: withCallback((path: string) => placeLock(path, ownerText)),
    rmdir: withCallback((path: string) => void removeLock(path, ownerText)),
    rmdirSync: (path: string) => void removeLock(path, ownerText),
    stat: withCallback((path: string) => statSync(path)),
    utimes: withCallback((path: string, accessed: Date, modified: Date) => utimesSync(path, accessed, modified)),
  };
}

type Callback<T> = (error: unknown, result?: T) => void;

function withCallback<A extends unknown[], T>(work: (...args: A) => T): (...args: [...A, Callback<T>]) => void {
  return (...args) => {
    const callback = args.pop() as Callback<T>;
    let result: T;
    try {
      result = work(...(args as unknown as A));
    } catch (error) {
      return callback(error);
    }
    callback(null, result);
  };
}

/**
 * Makes the lock directory whole under another name and renames it into place. rename(2) replaces an empty directory only, and a
 * lock is never empty.
 * @throws EEXIST when somebody holds the lock.
 */
function placeLock(path: string, ownerText: string): void {
  const temp = temporaryPathOf(path);
  try {
    mkdirSync(temp, { mode: 0o700 });
    faultPoint("lock.staging-made");
    writeFileSync(ownerFileOf(temp), ownerText, { mode: 0o600 });
    faultPoint("lock.staged");
    renameSync(temp, path);
    faultPoint("lock.taken");
  } catch (error) {
    rmSync(temp, { recursive: true, force: true });
    // ENOTDIR: a file that is no lock is there.
    if (!hasErrorCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
    throw Object.assign(new Error(`${path} is locked`, { cause: error }), { code: "EEXIST" });
  }
}

/**
 * Frees a lock if it still is the one with this record: renamed away first, so that no one sees it half removed.
 * @returns whether it was there.
 */
export function removeLock(path: string, ownerText: string): boolean {
  if (readOwner(path)?.text !== ownerText) return false;
  const temp = temporaryPathOf(path);
  try {
    renameSync(path, temp);
    faultPoint("lock.moved-away");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return false;
    throw error;
  }
  rmSync(temp, { recursive: true, force: true });
  return true;
}

/** Removes what killed processes left beside a lock: directories on their way in or out. Those of living processes stay. */
export async function removeLockLitter(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(?:break\.)*(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid === undefined) continue;
    const litter = join(folder, name);
    if (await isAbandoned(litter, Number(pid))) rmSync(litter, { recursive: true, force: true });
  }
}

async function isAbandoned(litter: string, makerPid: number): Promise<boolean> {
  if ((await identityOf(makerPid)) === null) return true;
  const holder = readOwner(litter)?.holder ?? null;
  return holder !== null && !(await isAlive(holder));
}

/** Carries the maker's pid, so that it can be told from litter before the record is in it. */
function temporaryPathOf(path: string): string {
  return `${path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
}
