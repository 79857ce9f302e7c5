import type { BigIntStats } from "node:fs";
import type { BytePath } from "./byte-path.ts";

/** Where the first of several names of one file went. */
export interface FirstName {
  /** In the copy, relative to its root. */
  path: BytePath;
  /** Tells whether it was copied; false when it vanished or failed. */
  copied: Promise<boolean>;
}

/** Remembers files with several names, so that the copy gives them several names too. */
export interface HardLinks {
  /** The first name of this file, or null when it has not been seen. */
  find(stats: BigIntStats): FirstName | null;
  remember(stats: BigIntStats, first: FirstName): void;
}

/**
 * Files remembered at most, about 30 MB: package managers link each file of a tree to a store outside it, and those other names never come.
 * Beyond it the oldest is forgotten, and its other names become files of their own.
 */
const capacity = 100_000;

export function createHardLinks(): HardLinks {
  const seen = new Map<string, { first: FirstName; namesLeft: bigint }>();
  return {
    find(stats) {
      const key = keyOf(stats);
      const entry = seen.get(key);
      if (entry === undefined) return null;
      entry.namesLeft--;
      if (entry.namesLeft <= 0n) seen.delete(key);
      return entry.first;
    },
    remember(stats, first) {
      for (const oldest of seen.keys()) {
        if (seen.size < capacity) break;
        seen.delete(oldest);
      }
      seen.set(keyOf(stats), { first, namesLeft: stats.nlink - 1n });
    },
  };
}

function keyOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}
