import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import type { BytePath } from "../../src/workspace/byte-path.ts";
import { childOf, emptyPath, toBuffer, toBytePath } from "../../src/workspace/byte-path.ts";

export interface TreeEntry {
  /** Kind, mode, owner, and content, length and other names, or link target. */
  what: string;
  mtimeNs: bigint;
}

/** Everything below a directory, and the directory itself as "."; names that are not UTF-8 are told apart by their bytes. */
export type TreeListing = Record<string, TreeEntry>;

/** node:fs sets times by seconds in floating point, which are a quarter of a microsecond apart. */
const mtimeToleranceNs = 500n;

/** Fails unless both trees are the same in all a listing tells. */
export function assertSameTree(actual: TreeListing, expected: TreeListing): void {
  const what = (listing: TreeListing) =>
    Object.fromEntries(Object.entries(listing).map(([path, entry]) => [path, entry.what]));
  assert.deepEqual(what(actual), what(expected));
  for (const [path, { mtimeNs }] of Object.entries(expected)) {
    const difference = (actual[path]?.mtimeNs ?? 0n) - mtimeNs;
    const isClose = difference <= mtimeToleranceNs && difference >= -mtimeToleranceNs;
    assert.ok(isClose, `mtime of ${path} is off by ${difference} ns`);
  }
}

/** Lists a tree; of hard links, those inside of it. Two listings of one tree are deeply equal when nothing was written in between. */
export async function listTree(root: string): Promise<TreeListing> {
  const listing: TreeListing = {};
  const namesOf = new Map<bigint, string[]>();
  const top = toBytePath(root);
  const pending = [emptyPath];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const at = childOf(top, path);
    const stats = await lstat(toBuffer(at), { bigint: true });
    const mode = (stats.mode & 0o7777n).toString(8);
    const owner = `${stats.uid}:${stats.gid}`;
    const { mtimeNs } = stats;
    if (stats.isDirectory()) {
      listing[path || "."] = { what: `directory ${mode} ${owner}`, mtimeNs };
      const names = (await readdir(toBuffer(at), "latin1")) as BytePath[];
      for (const name of names) pending.push(childOf(path, name));
    } else if (stats.isSymbolicLink()) {
      listing[path] = { what: `symlink ${owner} ${await readlink(toBuffer(at), "latin1")}`, mtimeNs };
    } else if (stats.isFile()) {
      const digest = createHash("sha256")
        .update(await readFile(toBuffer(at)))
        .digest("hex");
      namesOf.set(stats.ino, [...(namesOf.get(stats.ino) ?? []), path]);
      listing[path] = { what: `file ${mode} ${owner} ${stats.size} bytes, ${digest}`, mtimeNs };
    } else {
      listing[path] = { what: "neither file, directory nor link", mtimeNs };
    }
  }
  for (const names of namesOf.values()) {
    for (const name of names.length > 1 ? names : []) {
      const entry = listing[name];
      if (entry !== undefined) entry.what += `, also called ${names.toSorted().join(" ")}`;
    }
  }
  return listing;
}
