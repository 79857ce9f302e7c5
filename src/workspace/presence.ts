import { lstat, readFile, realpath, stat } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { type BytePath, childOf, directoryOf, nameOf, toBuffer } from "./byte-path.ts";

/** Turns "there is no such file", in its several codes, into null. */
export async function ifPresent<T>(look: Promise<T>): Promise<T | null> {
  try {
    return await look;
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return null;
    throw error;
  }
}

/** Tells whether something is there, be it a symbolic link to nothing. */
export async function exists(path: BytePath): Promise<boolean> {
  return (await ifPresent(lstat(toBuffer(path)))) !== null;
}

/** Tells whether a directory is there, or a symbolic link to one. */
export async function isDirectory(path: BytePath): Promise<boolean> {
  return (await ifPresent(stat(toBuffer(path))))?.isDirectory() ?? false;
}

export async function readIfPresent(path: BytePath): Promise<Buffer | null> {
  return ifPresent(readFile(toBuffer(path)));
}

/** The path with its symbolic links followed; null when it leads to nothing, or to where this user may not look. */
export async function resolveLinks(path: BytePath): Promise<BytePath | null> {
  try {
    return (await ifPresent(realpath(toBuffer(path), "latin1"))) as BytePath | null;
  } catch (error) {
    if (hasErrorCode(error, "EACCES")) return null;
    throw error;
  }
}

/**
 * The same for a path of which the last parts may not be there yet.
 * @param path absolute
 */
export async function resolveExistingLinks(path: BytePath): Promise<BytePath> {
  const resolved = await resolveLinks(path);
  if (resolved !== null || path === "/") return resolved ?? path;
  return childOf(await resolveExistingLinks(directoryOf(path)), nameOf(path));
}
