import { CiloError } from "../base/errors.ts";
import { type BytePath, childOf, pathInside, toText } from "./byte-path.ts";
import type { CopySession } from "./copy-session.ts";
import { copyTree, type TreeVisitor } from "./copy-tree.ts";
import { commonDirectoryOf } from "./git-directory.ts";
import { readGitConfig, writeGitConfig } from "./git-program.ts";
import { exists } from "./presence.ts";
import type { Relocation } from "./relocation.ts";
import { removeTree } from "./remove-tree.ts";
import { changeInside } from "./rewrite-file.ts";

export interface OwnRepository {
  /** Git directory of the source, absolute: of a submodule, of a linked worktree, or wherever `--separate-git-dir` put it. */
  gitDirectory: BytePath;
  /** Root of the copy, absolute. */
  copyRoot: BytePath;
  /** The `.git` that led there, relative to the copy's root; the repository takes its place. */
  place: BytePath;
  session: CopySession;
  visitor: TreeVisitor;
}

/**
 * Gives a working tree of the copy a repository of its own, in place of a link to the source's: same HEAD, index, references, stashes, remotes and
 * operation in progress.
 * @returns what went where
 * @throws CILO_GIT_FAILED, and what copying a tree throws
 */
export async function makeOwnRepository(own: OwnRepository): Promise<Relocation[]> {
  const common = await commonDirectoryOf(own.gitDirectory);
  const isLinked = common !== own.gitDirectory;
  if (isLinked) await refuseReftable(common);
  await changeInside(childOf(own.copyRoot, own.place), async (path) => {
    await removeTree(path);
    // HEAD and index before the objects they name: in a source that is in use, objects are written first.
    if (isLinked) await copyGitDirectory(own, own.gitDirectory, keepWorktreeOwn);
    await copyGitDirectory(own, common, isLinked ? keepShared : keepAll);
    if (isLinked) await forgetMainWorktree(path, own.session.signal);
  });
  return [
    { from: common, to: own.place },
    { from: own.gitDirectory, to: own.place },
  ];
}

type Keep = (directory: BytePath, names: BytePath[]) => BytePath[];

async function copyGitDirectory(own: OwnRepository, source: BytePath, keep: Keep): Promise<void> {
  const { copyRoot, place, session, visitor } = own;
  await copyTree({
    source,
    copyRoot,
    at: place,
    session,
    visitor: {
      async select(directory, names) {
        const inside = pathInside(place, directory.path);
        const selected = await visitor.select(directory, names);
        return inside === null ? selected : keep(inside, selected);
      },
      onSymlink: visitor.onSymlink,
    },
  });
}

const keepAll: Keep = (_directory, names) => names;

/**
 * What a repository's worktrees share. The rest of its git directory belongs to the main worktree.
 * @see gitrepository-layout(5), and "REFS" in git-worktree(1)
 */
export const keepShared: Keep = (directory, names) => {
  switch (directory) {
    case "":
      return names.filter((name) => !isMainWorktreeOnly(name));
    case "logs":
      return names.filter((name) => name !== "HEAD");
    case "refs":
    case "logs/refs":
      return names.filter((name) => !["bisect", "worktree", "rewritten"].includes(name));
    case "info":
      return names.filter((name) => name !== "sparse-checkout");
    default:
      return names;
  }
};

const mainWorktreeOnly = [
  "config.worktree",
  "index",
  "modules",
  "rebase-apply",
  "rebase-merge",
  "sequencer",
  "worktrees",
] as const;

function isMainWorktreeOnly(name: BytePath): boolean {
  // HEAD, ORIG_HEAD, MERGE_MSG, BISECT_LOG...: git writes what belongs to one worktree in capitals.
  const isState = /^[A-Z_]+$/.test(name);
  return isState || name.startsWith("sharedindex.") || (mainWorktreeOnly as readonly string[]).includes(name);
}

/** What a linked worktree has of its own, but for what ties it to the repository. */
const keepWorktreeOwn: Keep = (directory, names) =>
  directory === "" ? names.filter((name) => !["commondir", "gitdir", "locked"].includes(name)) : names;

/**
 * In a linked worktree git ignores these two of the shared configuration (it may be a bare repository's, or a submodule's); in a repository
 * of its own they would count.
 */
async function forgetMainWorktree(gitDirectory: BytePath, signal: AbortSignal | undefined): Promise<void> {
  const config = childOf(gitDirectory, "config");
  if ((await readGitConfig(config, "core.worktree", signal)) !== null) {
    await writeGitConfig(config, { name: "core.worktree", value: null }, signal);
  }
  if ((await readGitConfig(config, "core.bare", signal)) !== "false") {
    await writeGitConfig(config, { name: "core.bare", value: "false" }, signal);
  }
}

async function refuseReftable(common: BytePath): Promise<void> {
  if (!(await exists(childOf(common, "reftable")))) return;
  throw new CiloError(
    "CILO_GIT_FAILED",
    `cannot copy the linked worktree of ${toText(common)}: its references are in the reftable format`,
    { hint: 'run "cilo create" with --from the main worktree, or "git refs migrate --ref-format=files" in it first' },
  );
}
