import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, rename, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../base/atomic-write.ts";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { identityOf } from "../base/process-identity.ts";
import { type BytePath, toBuffer, toBytePath } from "./byte-path.ts";
import { removeTree } from "./remove-tree.ts";

/** Where a copy is made before it gets its name. */
export interface Staging {
  /** Absolute; does not exist yet. A sibling of the destination, so that a rename brings it there. */
  path: BytePath;
  /** Gives the copy its name. @throws CILO_COPY_FAILED when something has that name meanwhile. */
  commit(): Promise<void>;
  /** Removes the copy and the directories made for it. */
  discard(): Promise<void>;
}

/**
 * Makes room for a copy, and removes what dead processes left of an earlier one to the same place.
 * Directories above are made with mode 0700 where they are missing.
 * @throws CILO_COPY_FAILED when something is at the destination
 */
export async function prepareStaging(destination: string): Promise<Staging> {
  await refuseExisting(destination);
  const parent = dirname(destination);
  const madeFrom = await mkdir(parent, { recursive: true, mode: 0o700 });
  await removeAbandoned(destination);
  const name = `.${basename(destination)}.${process.pid}-${randomBytes(6).toString("hex")}.copy`;
  const path = toBytePath(join(parent, name));
  return {
    path,
    async commit() {
      await refuseExisting(destination);
      await rename(toBuffer(path), destination);
      await syncDirectory(parent);
    },
    async discard() {
      await removeTree(path);
      if (madeFrom !== undefined) await removeEmptyDirectories(parent, madeFrom);
    },
  };
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

/** The name says which process was copying; one that is alive may still be at it. */
async function removeAbandoned(destination: string): Promise<void> {
  const parent = dirname(destination);
  const prefix = `.${basename(destination)}.`;
  for (const name of await readdir(parent)) {
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
