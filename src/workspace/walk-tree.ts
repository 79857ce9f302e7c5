import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { type BytePath, childOf, toBuffer } from "./byte-path.ts";
import { workDepthFirst } from "./depth-first.ts";
import { ifPresent } from "./presence.ts";

const concurrency = 16;

/** Something in a tree, as it was met. */
export interface WalkedEntry {
  /** Absolute. */
  path: BytePath;
  stats: Stats;
  /** A directory that this user may not look into: what is in it is not visited. */
  isClosed: boolean;
}

/** Visits everything below a directory, and the directory itself; links are not followed, and there is no order. Nothing there is fine. */
export async function walkTree(directory: BytePath, visit: (entry: WalkedEntry) => Promise<void>): Promise<void> {
  await workDepthFirst<BytePath>([directory], { concurrency }, async (path, push) => {
    const stats = await ifPresent(lstat(toBuffer(path)));
    if (stats === null) return;
    const names = stats.isDirectory() ? await list(path) : [];
    for (const name of names ?? []) push(childOf(path, name));
    await visit({ path, stats, isClosed: names === null });
  });
}

/** Null for a directory that this user may not list, or not go into. */
async function list(directory: BytePath): Promise<BytePath[] | null> {
  try {
    // To list a directory is one right, to look at what is in it another.
    await ifPresent(lstat(toBuffer(childOf(directory, "."))));
    return ((await ifPresent(readdir(toBuffer(directory), "latin1"))) ?? []) as BytePath[];
  } catch (error) {
    if (hasErrorCode(error, "EACCES", "EPERM")) return null;
    throw error;
  }
}
