import { readdir } from "node:fs/promises";
import { type BytePath, childOf, directoryOf, nameOf, pathInside, toBuffer } from "./byte-path.ts";
import type { TreeVisitor } from "./copy-tree.ts";
import { hasGitDirectoryNames, worktreeOf } from "./git-directory.ts";
import { ifPresent } from "./presence.ts";

/** What was met of git while trees were copied. `path` is relative to the copy's root, `source` is where it came from, absolute. */
export interface GitFindings {
  /** Each `.git` outside of git directories: directory, file or symbolic link. */
  dotGits: FoundPath[];
  /** Git directories of repositories and of their submodules. */
  directories: FoundPath[];
  /** Symbolic links inside git directories. */
  symlinks: FoundPath[];
}

export interface FoundPath {
  path: BytePath;
  source: BytePath;
}

export interface GitSurvey extends TreeVisitor {
  readonly findings: GitFindings;
}

/**
 * Picks what of the git directories in a tree is copied, and takes note of what has to be set right in the copy afterwards. Not copied are lock files, which are
 * held by processes at work in the source, and linked worktrees that stay behind: a copy that knew them could prune or remove them.
 * @param root of the source, absolute, without symbolic links
 * @param separate git directory inside the tree that is not called `.git`, relative to the root
 */
export function createGitSurvey(root: BytePath, separate: BytePath | null): GitSurvey {
  const findings: GitFindings = { dotGits: [], directories: [], symlinks: [] };
  const isGitInternal = (path: BytePath) =>
    path.split("/").includes(".git") || (separate !== null && pathInside(separate, path) !== null);
  return {
    findings,
    async select({ path, source }, names) {
      if (!isGitInternal(path)) {
        if ((names as string[]).includes(".git")) {
          findings.dotGits.push({ path: childOf(path, ".git"), source: childOf(source, ".git") });
        }
        return names;
      }
      const unlocked = names.filter((name) => !name.endsWith(".lock") && name !== "gc.pid");
      if (hasGitDirectoryNames(names)) {
        findings.directories.push({ path, source });
        const inner = await listInnerWorktrees(childOf(source, "worktrees"), root);
        const kept = inner.length > 0 ? unlocked : unlocked.filter((name) => name !== "worktrees");
        return kept.toSorted(objectsFirst);
      }
      return (await isWorktreeList(path, source)) ? listInnerWorktrees(source, root) : unlocked;
    },
    onSymlink(path, source) {
      if (isGitInternal(directoryOf(path))) findings.symlinks.push({ path, source });
    },
  };
}

/**
 * Entries are copied from the last to the first. References and index go before the objects they name, since in a source that is in use git
 * writes objects first.
 */
function objectsFirst(a: BytePath, b: BytePath): number {
  return Number(b === "objects") - Number(a === "objects");
}

/** `worktrees` directly in a git directory; a branch may be called so too. */
async function isWorktreeList(path: BytePath, source: BytePath): Promise<boolean> {
  return nameOf(path) === "worktrees" && hasGitDirectoryNames(await listNames(directoryOf(source)));
}

/**
 * Lists the linked worktrees that lie inside a tree.
 * @param worktrees the directory of that name in a git directory; may be missing
 * @returns names of their administrative directories
 */
export async function listInnerWorktrees(worktrees: BytePath, root: BytePath): Promise<BytePath[]> {
  const inner: BytePath[] = [];
  for (const name of await listNames(worktrees)) {
    const worktree = await worktreeOf(childOf(worktrees, name));
    if (worktree !== null && pathInside(root, worktree) !== null) inner.push(name);
  }
  return inner;
}

async function listNames(directory: BytePath): Promise<BytePath[]> {
  return ((await ifPresent(readdir(toBuffer(directory), "latin1"))) ?? []) as BytePath[];
}
