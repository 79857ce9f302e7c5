import { lstat, readFile, readlink } from "node:fs/promises";
import { type BytePath, childOf, directoryOf, fromBytes, nameOf, resolveFrom, toBuffer } from "./byte-path.ts";
import { exists, ifPresent, isDirectory, readIfPresent, resolveLinks } from "./presence.ts";

/** A `.git` that is not the repository itself but says where that is. */
export interface GitPointer {
  kind: "file" | "symlink";
  /** As it is written. */
  link: BytePath;
  /** The git directory it leads to, absolute and without symbolic links. */
  gitDirectory: BytePath;
}

/** A pointer is one short line; a larger `.git` file is something else. */
const maxPointerBytes = 64 * 1024;

/**
 * Tells whether a directory is what git takes for a repository's own directory: a main one, or that of a linked worktree.
 * @see gitrepository-layout(5)
 */
export async function isGitDirectory(path: BytePath): Promise<boolean> {
  if (!(await exists(childOf(path, "HEAD")))) return false;
  if (await exists(childOf(path, "commondir"))) return true;
  return (await isDirectory(childOf(path, "objects"))) && (await isDirectory(childOf(path, "refs")));
}

/** The same for a main git directory, told by the names in it. */
export function hasGitDirectoryNames(names: readonly BytePath[]): boolean {
  const all: readonly string[] = names;
  return all.includes("HEAD") && all.includes("objects") && all.includes("refs");
}

/**
 * Follows a `.git` file or symbolic link.
 * @returns null when it is neither, or leads to no repository
 */
export async function readGitPointer(path: BytePath): Promise<GitPointer | null> {
  const stats = await ifPresent(lstat(toBuffer(path)));
  if (stats?.isFile()) return stats.size > maxPointerBytes ? null : readPointerFile(path, path);
  if (!stats?.isSymbolicLink()) return null;
  const real = await resolveLinks(path);
  if (real === null) return null;
  const link = await readLink(path);
  if (await isDirectory(real)) {
    return (await isGitDirectory(real)) ? { kind: "symlink", link, gitDirectory: real } : null;
  }
  const pointer = await readPointerFile(real, path);
  return pointer === null ? null : { ...pointer, kind: "symlink", link };
}

async function readLink(path: BytePath): Promise<BytePath> {
  return (await readlink(toBuffer(path), "latin1")) as BytePath;
}

async function readPointerFile(file: BytePath, path: BytePath): Promise<GitPointer | null> {
  const link = /^gitdir: ([^\0]+?)[\r\n]*$/.exec(fromBytes(await readFile(toBuffer(file))))?.[1] as
    | BytePath
    | undefined;
  if (link === undefined) return null;
  const gitDirectory = await resolveLinks(resolveFrom(directoryOf(path), link));
  if (gitDirectory === null || !(await isGitDirectory(gitDirectory))) return null;
  return { kind: "file", link, gitDirectory };
}

/**
 * The directory a linked worktree shares with its repository: objects, refs, configuration.
 * @returns the git directory itself when it is not a linked worktree's
 */
export async function commonDirectoryOf(gitDirectory: BytePath): Promise<BytePath> {
  const link = await readOneLine(childOf(gitDirectory, "commondir"));
  if (link === null) return gitDirectory;
  const target = resolveFrom(gitDirectory, link);
  return (await resolveLinks(target)) ?? target;
}

/**
 * The `.git` file of the linked worktree whose administrative directory this is.
 * @returns absolute, its directory without symbolic links; null when there is none, or no such directory any more
 */
export async function worktreeOf(administrative: BytePath): Promise<BytePath | null> {
  const link = await readOneLine(childOf(administrative, "gitdir"));
  if (link === null) return null;
  const file = resolveFrom(administrative, link);
  const directory = await resolveLinks(directoryOf(file));
  return directory === null ? null : childOf(directory, nameOf(file));
}

/** A file of one line, without its line end; null when there is no such file. */
export async function readOneLine(path: BytePath): Promise<BytePath | null> {
  const data = await readIfPresent(path);
  return data === null ? null : (fromBytes(data).replace(/[\r\n]+$/, "") as BytePath);
}
