import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { directoriesBetween } from "./is-outside.ts";

/** Links that lead to links are followed this often (Linux, path_resolution(7)). */
const maxLinks = 40;

/**
 * Finds where paths lead once every link is followed: those given, the directories between them and the root, and the root.
 * @param paths absolute; they need not exist.
 */
export async function readRealPaths(paths: readonly string[], root: string): Promise<Map<string, string>> {
  const wanted = new Set([root, ...paths.flatMap((path) => [path, ...directoriesBetween(path, root)])]);
  const entries = await Promise.all(
    [...wanted].map(async (path): Promise<[string, string]> => [path, await realPathOf(path, maxLinks)]),
  );
  return new Map(entries);
}

/**
 * Of what does not exist or cannot be looked at, the part that can is followed: what is below it leads nowhere else that anybody knows of. A link to nothing leads to
 * where the engine would make it.
 */
async function realPathOf(path: string, linksLeft: number): Promise<string> {
  const { found, isMissing } = await tryRealPath(path);
  if (found !== null) return found;
  if (linksLeft === 0 || dirname(path) === path) return path;
  const parent = await realPathOf(dirname(path), linksLeft);
  const candidate = join(parent, basename(path));
  const target = isMissing ? await readLink(candidate) : null;
  return target === null ? candidate : realPathOf(resolve(parent, target), linksLeft - 1);
}

async function tryRealPath(path: string): Promise<{ found: string | null; isMissing: boolean }> {
  try {
    return { found: await realpath(path), isMissing: false };
  } catch (error) {
    return { found: null, isMissing: hasErrorCode(error, "ENOENT") };
  }
}

async function readLink(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch {
    // No link, or out of reach: it leads nowhere else.
    return null;
  }
}
