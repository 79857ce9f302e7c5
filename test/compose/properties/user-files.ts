import { createHash } from "node:crypto";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";

/** P10: the digest of every file below a directory, by its relative path; a link is what it leads to. */
export async function digestsOf(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const digests = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path) : entry.isSymbolicLink() ? await readlink(path) : "";
    digests.set(relative(directory, path), createHash("sha256").update(content).digest("hex"));
  }
  return digests;
}

/** The files that are not what they were. */
export function findTouchedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${!before.has(path) ? "is new" : after.has(path) ? "has changed" : "is gone"}`);
}
