import { readdir } from "node:fs/promises";
import { type BytePath, childOf, directoryOf, emptyPath, pathInside, toBuffer } from "../byte-path.ts";
import { commonDirectoryOf, hasGitDirectoryNames, isGitDirectory, readGitPointer } from "../git-directory.ts";
import { ifPresent, isDirectory } from "../presence.ts";
import type { WorkingTree } from "./scratch-repository.ts";

/** A working tree of a workspace, and the git directory that the same one of the source goes by; null where it is none there. */
export interface FoundTree extends WorkingTree {
  sourceGitDirectory: BytePath | null;
}

/** A repository of a workspace, with what the source has in its place. Paths are absolute but `place`. */
export interface FoundRepository {
  /** Its git directory, where objects and references are, relative to the workspace's root. */
  place: BytePath;
  common: BytePath;
  /** Its working trees; none for a submodule that is not checked out. */
  trees: FoundTree[];
  /** The git directory of the same repository in the source; null where there is none. */
  source: { common: BytePath; gitDirectories: BytePath[] } | null;
}

/**
 * Finds the repositories of a workspace by their `.git`: those of linked worktrees in it count for the repository they belong to.
 * @param dotGits relative to the root
 * @param source root of the source, absolute; null: there is none
 */
export async function findRepositories(
  root: BytePath,
  dotGits: readonly BytePath[],
  source: BytePath | null,
): Promise<FoundRepository[]> {
  const found = new Map<BytePath, FoundRepository>();
  const add = (common: BytePath) => {
    const place = pathInside(root, common);
    if (place === null) return null;
    const repository = found.get(common) ?? { place, common, trees: [], source: null };
    found.set(common, repository);
    return repository;
  };
  for (const dotGit of dotGits) {
    const gitDirectory = await gitDirectoryOf(childOf(root, dotGit));
    if (gitDirectory === null) continue;
    const common = await commonDirectoryOf(gitDirectory);
    const repository = add(common);
    if (repository === null) continue;
    const top = directoryOf(dotGit);
    const other = source === null ? null : childOf(childOf(source, top), ".git");
    const sourceGitDirectory = other === null ? null : await addSource(repository, other);
    repository.trees.push({ top: childOf(root, top), gitDirectory, common, sourceGitDirectory });
  }
  for (const { common, source: known } of [...found.values()]) {
    for (const module of await listModules(common)) {
      const repository = add(childOf(common, module));
      if (repository === null || repository.source !== null || known === null) continue;
      await addSource(repository, childOf(known.common, module));
    }
  }
  return [...found.values()];
}

/** The git directory that a `.git` is or leads to. */
async function gitDirectoryOf(dotGit: BytePath): Promise<BytePath | null> {
  const pointer = await readGitPointer(dotGit);
  if (pointer !== null) return pointer.gitDirectory;
  return (await isGitDirectory(dotGit)) ? dotGit : null;
}

/** @returns the git directory that was added; null where there is none, or that of another repository. */
async function addSource(repository: FoundRepository, dotGit: BytePath): Promise<BytePath | null> {
  const gitDirectory = await gitDirectoryOf(dotGit);
  if (gitDirectory === null) return null;
  const common = await commonDirectoryOf(gitDirectory);
  if (repository.source !== null && repository.source.common !== common) return null;
  const gitDirectories = [...(repository.source?.gitDirectories ?? []), gitDirectory];
  repository.source = { common, gitDirectories };
  return gitDirectory;
}

/** Git directories of submodules, relative to the one they are in, those of their own submodules too. */
export async function listModules(gitDirectory: BytePath): Promise<BytePath[]> {
  const found: BytePath[] = [];
  const look = async (path: BytePath): Promise<void> => {
    const names = ((await ifPresent(readdir(toBuffer(childOf(gitDirectory, path)), "latin1"))) ?? []) as BytePath[];
    const isModule = hasGitDirectoryNames(names);
    if (isModule) found.push(path);
    // A submodule's name may have slashes in it, so its git directory may be further down.
    const inner = isModule ? names.filter((name) => name === "modules") : names;
    for (const name of inner) {
      if (await isDirectory(childOf(gitDirectory, childOf(path, name)))) await look(childOf(path, name));
    }
  };
  await look(childOf(emptyPath, "modules"));
  return found;
}
