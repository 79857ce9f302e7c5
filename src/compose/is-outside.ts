import { isAbsolute, relative } from "node:path";

/** Tells whether a path, absolute, is neither `root` nor below it. Links are not followed. */
export function isOutside(path: string, root: string): boolean {
  const below = relative(root, path);
  return below === ".." || below.startsWith("../") || isAbsolute(below);
}
