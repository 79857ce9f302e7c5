import { chmod, lstat, lutimes, mkdir } from "node:fs/promises";
import { type BytePath, childOf, emptyPath, pathInside, toBuffer } from "../byte-path.ts";
import { removeTree } from "../remove-tree.ts";
import { compareTrees, type SourceStamp } from "./compare-trees.ts";
import { findRepositories } from "./find-repositories.ts";
import { listIndex } from "./find-uncommitted.ts";
import { readHead } from "./git-tips.ts";
import { plainGit, quotePath } from "./plain-git.ts";
import { openScratch, type WorkingTree } from "./scratch-repository.ts";

/**
 * Brings back files that the source does not have any more as they were, from the indexes of the repositories they are in: what had not been changed is there as it was.
 * @param root of the workspace, absolute; its git directories are whole
 * @returns the paths of those that no index has like that
 */
export async function recoverFiles(
  root: BytePath,
  stale: readonly SourceStamp[],
  signal?: AbortSignal,
): Promise<BytePath[]> {
  for (const { path, kind } of stale.toSorted((a, b) => a.path.length - b.path.length)) {
    if (kind === "directory") await mkdir(toBuffer(childOf(root, path)), { recursive: true });
  }
  const files = new Map(stale.filter(({ kind }) => kind !== "directory").map((stamp) => [stamp.path, stamp]));
  const wanted = new Set(files.keys());
  if (wanted.size === 0) return [];
  const { dotGits } = await compareTrees({ root, source: null, separateGitDirectory: null, signal });
  const repositories = await findRepositories(root, dotGits, null);
  for (const tree of repositories.flatMap(({ trees }) => trees)) {
    const top = pathInside(root, tree.top) ?? emptyPath;
    const listed = await listIndex(tree.gitDirectory, signal);
    const tracked = listed.filter(({ entry, path }) => isWhole(entry) && wanted.has(childOf(top, path)));
    await checkOut(
      tree,
      tracked.map(({ path }) => path),
      signal,
    );
    for (const { path } of tracked) {
      const stamp = files.get(childOf(top, path));
      if (stamp === undefined) continue;
      // What a filter makes of the index's version, as Git LFS does, is not made here; nor does the index have what was changed behind its back.
      const { size } = await lstat(toBuffer(childOf(root, stamp.path)));
      if (size !== stamp.sizeBytes) continue;
      wanted.delete(stamp.path);
      await applyStamp(root, stamp);
    }
  }
  return [...wanted];
}

/** Gives an entry of a workspace the mode and time it had. */
export async function applyStamp(root: BytePath, { path, kind, mode, mtimeNs }: SourceStamp): Promise<void> {
  const at = toBuffer(childOf(root, path));
  const seconds = Number(BigInt(mtimeNs)) / 1e9;
  if (kind !== "symlink") await chmod(at, mode);
  await lutimes(at, seconds, seconds);
}

/** A file, and no half of a conflict. */
function isWhole(entry: string): boolean {
  const [mode, , stage] = entry.split(" ");
  return mode !== "160000" && stage === "0";
}

async function checkOut(tree: WorkingTree, paths: readonly BytePath[], signal: AbortSignal | undefined): Promise<void> {
  if (paths.length === 0) return;
  const [head = null] = await readHead(tree.gitDirectory, signal);
  await using scratch = await openScratch(tree, { head, stores: [], signal });
  for (const path of paths) await removeTree(childOf(tree.top, path));
  const input = paths.map((path) => `${quotePath(path)}\n`).join("");
  const place = { gitDirectory: scratch.gitDirectory, workTree: tree.top };
  await plainGit(place, ["checkout-index", "--force", "--stdin"], { input, signal });
}
