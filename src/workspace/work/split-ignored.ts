import { type BytePath, pathInside } from "../byte-path.ts";
import type { TreeDifference } from "./compare-trees.ts";
import type { UnsavedPart } from "./saved-work.ts";

/** An ignored file or directory beyond one of these is what a build or a package manager made, and can make again. */
const maxIgnoredBytes = 16 * 1024 * 1024;
const maxIgnoredFiles = 2_000;
/** A file that is ignored by itself is as often data, such as a database. */
const maxIgnoredFileBytes = 256 * 1024 * 1024;

/**
 * Tells what of the ignored files is too large to be saved; small ones, such as `.env`, are work like any other.
 * @param ignoredPaths as git tells them: files, and directories of which all is ignored
 * @returns that, and the size of all the rest that differs from the source
 */
export function splitIgnored(
  { changed }: Pick<TreeDifference, "changed">,
  ignoredPaths: readonly BytePath[],
): { ignored: UnsavedPart[]; sizeBytes: number } {
  const bulks = new Map<BytePath, UnsavedPart>(
    ignoredPaths.map((path) => [path, { why: "ignored", path, files: 0, sizeBytes: 0 }]),
  );
  let sizeBytes = 0;
  for (const [path, entry] of changed) {
    sizeBytes += entry.sizeBytes;
    const bulk = entry.kind === "directory" ? undefined : findAround(bulks, path);
    if (bulk === undefined) continue;
    bulk.files += 1;
    bulk.sizeBytes += entry.sizeBytes;
  }
  const ignored = [...bulks.values()]
    .filter(({ path, sizeBytes, files }) => {
      const isFile = changed.get(path)?.kind === "file";
      return sizeBytes > (isFile ? maxIgnoredFileBytes : maxIgnoredBytes) || files > maxIgnoredFiles;
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ignored, sizeBytes: ignored.reduce((size, bulk) => size - bulk.sizeBytes, sizeBytes) };
}

/** What is known of a path, or of the nearest directory around it. */
function findAround<T>(known: ReadonlyMap<BytePath, T>, path: BytePath): T | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const found = known.get(path.slice(0, end) as BytePath);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Tells whether a path is, or is in, one of those that are not saved. */
export function isLeft(left: readonly Pick<UnsavedPart, "path">[], path: BytePath): boolean {
  return left.some((part) => pathInside(part.path, path) !== null);
}
