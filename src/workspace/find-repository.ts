import { lstat, stat } from "node:fs/promises";
import { type BytePath, childOf, directoryOf, toBuffer } from "./byte-path.ts";
import { isGitDirectory, readGitPointer } from "./git-directory.ts";
import { ifPresent } from "./presence.ts";

/** Where a directory is as seen from git. */
export type RepositoryPlace =
  | { kind: "outside" }
  /** In the working tree whose top is `root`. */
  | { kind: "working-tree"; root: BytePath }
  /** In a bare repository or in `.git` itself. */
  | { kind: "git-directory"; path: BytePath };

/**
 * Finds the repository around a directory the way git does, by walking up, never onto another file system. Git itself is not asked: it refuses
 * repositories of other users (safe.directory), and GIT_DIR would lead it elsewhere.
 * @param directory absolute, without symbolic links
 * @param boundary the last directory that is looked at, around `directory`
 * @see "DISCOVERY" in git(1): GIT_DISCOVERY_ACROSS_FILESYSTEM
 */
export async function findRepository(directory: BytePath, boundary: BytePath): Promise<RepositoryPlace> {
  const { dev } = await stat(toBuffer(directory));
  for (let at = directory; ; at = directoryOf(at)) {
    if ((await stat(toBuffer(at))).dev !== dev) return { kind: "outside" };
    if (await isWorkingTreeTop(at)) return { kind: "working-tree", root: at };
    if (await isGitDirectory(at)) return { kind: "git-directory", path: at };
    if (at === boundary || at === "/") return { kind: "outside" };
  }
}

async function isWorkingTreeTop(directory: BytePath): Promise<boolean> {
  const dotGit = childOf(directory, ".git");
  const stats = await ifPresent(lstat(toBuffer(dotGit)));
  if (stats === null) return false;
  return stats.isDirectory() ? isGitDirectory(dotGit) : (await readGitPointer(dotGit)) !== null;
}
