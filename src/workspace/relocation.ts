import { type BytePath, childOf, directoryOf, pathInside, relativeTo, resolveFrom } from "./byte-path.ts";

/** A directory of the source and what became of it. */
export interface Relocation {
  /** Absolute, without symbolic links. */
  from: BytePath;
  /** In the copy, relative to its root. */
  to: BytePath;
}

/**
 * Finds where a path of the source is in the copy.
 * @param path absolute
 * @returns relative to the copy's root, by the closest relocation around it; null when it is not part of the copy
 */
export function relocate(relocations: readonly Relocation[], path: BytePath): BytePath | null {
  let best: { relocation: Relocation; rest: BytePath } | null = null;
  for (const relocation of relocations) {
    const rest = pathInside(relocation.from, path);
    if (rest !== null && (best === null || relocation.from.length >= best.relocation.from.length)) {
      best = { relocation, rest };
    }
  }
  return best === null ? null : childOf(best.relocation.to, best.rest);
}

/**
 * The way from one directory of the copy to another path in it, as a relative link says it.
 * @param directory relative to the copy's root, like `path`
 */
export function linkBetween(directory: BytePath, path: BytePath): BytePath {
  return relativeTo(childOf("/" as BytePath, directory), childOf("/" as BytePath, path));
}

/** Tells whether a link that stands at `place` leads to `path` without leaving the copy; both relative to its root. */
export function leadsTo(link: BytePath, place: BytePath, path: BytePath): boolean {
  // No name has a NUL in it, so a link that goes out of the copy cannot come back in.
  const root = "/\0" as BytePath;
  return resolveFrom(childOf(root, directoryOf(place)), link) === childOf(root, path);
}
