import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, rename, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../base/atomic-write.ts";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { makeDirectory } from "../base/make-directory.ts";
import { identityOf } from "../base/process-identity.ts";
import { type BytePath, childOf, directoryOf, nameOf, toBuffer, toBytePath } from "./byte-path.ts";
import { reasonOf, toCopyFailure } from "./copy-failure.ts";
import { ifPresent } from "./presence.ts";
import { removeTree } from "./remove-tree.ts";

/** How often the directory above may vanish before that is taken for more than bad luck. */
const maxAttempts = 10;

/** Where a copy is made before it gets its name. */
export interface Staging {
  /** Absolute; an empty directory. A sibling of the destination, so that a rename brings it there. */
  path: BytePath;
  /** Gives the copy its name. @throws CILO_COPY_FAILED when something has that name meanwhile. */
  commit(): Promise<void>;
  /** Removes the copy and the directories made for it. */
  discard(): Promise<void>;
}

/**
 * Makes room for a copy, and removes what dead processes left of an earlier one to the same place.
 * Directories above are made with mode 0700 where they are missing.
 * @throws CILO_COPY_FAILED when something is at the destination, or its directory cannot be made or written; CILO_DISK_FULL
 */
export async function prepareStaging(destination: string): Promise<Staging> {
  const parent = dirname(destination);
  const path = toBytePath(join(parent, toStagingName(basename(destination))));
  const madeFrom = await makeRoom(destination, path).catch((error: unknown) => {
    throw toStagingFailure(error, destination);
  });
  return {
    path,
    async commit() {
      await refuseExisting(destination);
      await rename(toBuffer(path), destination);
      faultPoint("copy.renamed");
      await syncDirectory(parent);
      faultPoint("copy.kept");
    },
    async discard() {
      await removeTree(path);
      if (madeFrom !== null) await removeEmptyDirectories(parent, madeFrom);
    },
  };
}

/** Tells which process is copying, so that what it leaves when it dies can be told from a copy under way. */
function toStagingName(name: string): string {
  return `.${name}.${process.pid}-${randomBytes(6).toString("hex")}.copy`;
}

/**
 * Makes a copy that has its name already an unfinished one again.
 * @returns where it is now; `path` itself where nothing is there.
 */
export async function setAside(path: BytePath): Promise<BytePath> {
  const aside = childOf(directoryOf(path), toStagingName(nameOf(path)));
  const moved = await ifPresent(rename(toBuffer(path), toBuffer(aside)).then(() => aside));
  faultPoint("remove.set-aside");
  return moved ?? path;
}

/** @returns the topmost directory it made, null when none was missing */
async function makeRoom(destination: string, path: BytePath): Promise<string | null> {
  await refuseExisting(destination);
  const madeFrom = await findTopmostMissing(dirname(destination));
  for (let attempt = 1; ; attempt++) {
    try {
      await makeDirectory(dirname(destination));
      await mkdir(toBuffer(path), { mode: 0o700 });
      faultPoint("copy.staging-made");
      break;
    } catch (error) {
      // The directory above goes with the last copy in it, which may be destroyed at this moment; from now on it is not empty.
      if (!hasErrorCode(error, "ENOENT") || attempt === maxAttempts) throw error;
    }
  }
  await removeAbandoned(destination);
  faultPoint("copy.litter-removed");
  return madeFrom;
}

/** @returns null when the path is there */
async function findTopmostMissing(path: string): Promise<string | null> {
  const stats = await ifPresent(lstat(path));
  if (stats !== null) return null;
  return (await findTopmostMissing(dirname(path))) ?? path;
}

function toStagingFailure(cause: unknown, destination: string): CiloError {
  if (cause instanceof CiloError || hasErrorCode(cause, "ENOSPC", "EDQUOT")) {
    return toCopyFailure(cause, destination, undefined);
  }
  return new CiloError("CILO_COPY_FAILED", `cannot copy to ${destination}: ${reasonOf(cause)}`, {
    hint: "set CILO_HOME to a directory this user can write to",
    details: { path: destination },
    cause,
  });
}

async function refuseExisting(destination: string): Promise<void> {
  try {
    await lstat(destination);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return;
    throw error;
  }
  throw new CiloError("CILO_COPY_FAILED", `cannot copy to ${destination}: there is something already`, {
    hint: `move it away, "mv '${destination}' '${destination}.old'", then run the same command again`,
    details: { path: destination },
  });
}

/** Removes copies to the same place that were never finished. The name says which process was copying; one that is alive may still be at it. */
export async function removeAbandoned(destination: string): Promise<void> {
  const parent = dirname(destination);
  const prefix = `.${basename(destination)}.`;
  for (const name of (await ifPresent(readdir(parent))) ?? []) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)-[0-9a-f]{12}\.copy$/.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && (await identityOf(Number(pid))) === null) await removeTree(toBytePath(join(parent, name)));
  }
}

async function removeEmptyDirectories(from: string, to: string): Promise<void> {
  for (let directory = from; directory.length >= to.length; directory = dirname(directory)) {
    try {
      await rmdir(directory);
    } catch (error) {
      // Another copy has begun there meanwhile.
      if (hasErrorCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) return;
      throw error;
    }
  }
}
