import { dirname, isAbsolute, relative, resolve } from "node:path";

/** Tells whether a path, absolute, is neither `root` nor below it. Links are not followed: real paths are to be given where that matters. */
export function isOutside(path: string, root: string): boolean {
  const below = relative(root, path);
  return below === ".." || below.startsWith("../") || isAbsolute(below);
}

/** The directories below `root` that a path lies in, the topmost first; none when the path is outside. */
export function directoriesBetween(path: string, root: string): string[] {
  const directories: string[] = [];
  if (isOutside(path, root)) return directories;
  for (let up = dirname(path); up !== dirname(up) && up !== resolve(root) && !isOutside(up, root); up = dirname(up)) {
    directories.unshift(up);
  }
  return directories;
}

/** A path as messages show it: relative to a directory where it is in it, else as it is. */
export function showPath(path: string, directory: string): string {
  return isOutside(path, directory) ? path : relative(directory, path);
}
