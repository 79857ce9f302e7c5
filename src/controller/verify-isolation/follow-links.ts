import { realpath } from "node:fs/promises";
import { hasErrorCode } from "../../base/errors.ts";

/** Where Docker Desktop's machine has the files of the one it runs on; the engine names them so. */
const desktopPrefix = "/host_mnt";

/** What keeps a path from being followed: it is not here, or out of this user's reach. */
const expectedCodes = ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG"] as const;

/**
 * Finds where paths of the engine's machine lead once every link is followed.
 * @param isLocal whether the engine runs on this machine; where it does not, no path can be followed.
 * @returns for each path where it leads, or null where this machine does not show it.
 */
export async function followLinks(paths: Iterable<string>, isLocal: boolean): Promise<Map<string, string | null>> {
  const entries = await Promise.all(
    [...new Set(paths)].map(async (path) => [path, isLocal ? await follow(path) : null] as const),
  );
  return new Map(entries);
}

async function follow(path: string): Promise<string | null> {
  const found = await realPathOf(path);
  if (found !== null || !path.startsWith(`${desktopPrefix}/`)) return found;
  return await realPathOf(path.slice(desktopPrefix.length));
}

async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasErrorCode(error, ...expectedCodes)) return null;
    throw error;
  }
}
