import { posix } from "node:path";

declare const bytes: unique symbol;

/**
 * A path as the kernel sees it: one character for each byte (latin1), since a file name need not be valid UTF-8 and decoding it would
 * lose what it was. Never shown and never given to node:fs as it is: see `toBuffer` and `toText`.
 */
export type BytePath = string & { readonly [bytes]: true };

/** The working directory of a copy, and of what paths inside one are relative to. */
export const emptyPath = "" as BytePath;

/** Takes a path from the rest of the program, which is UTF-8 text. */
export function toBytePath(text: string): BytePath {
  return Buffer.from(text, "utf8").toString("latin1") as BytePath;
}

/** Takes bytes read from a file or from the kernel. */
export function fromBytes(data: Uint8Array): BytePath {
  return Buffer.from(data).toString("latin1") as BytePath;
}

/** What node:fs takes. */
export function toBuffer(path: BytePath): Buffer {
  return Buffer.from(path, "latin1");
}

/** What people read; bytes that are not UTF-8 become U+FFFD. */
export function toText(path: BytePath): string {
  return toBuffer(path).toString("utf8");
}

/** The same path as text when nothing is lost by it, else null. */
export function toExactText(path: BytePath): string | null {
  const text = toText(path);
  return toBytePath(text) === path ? text : null;
}

/**
 * Puts a name or a relative path under a directory; "" is no part on either side.
 * @param name a byte path, or ASCII text
 */
export function childOf(directory: BytePath, name: string): BytePath {
  if (directory === "") return name as BytePath;
  if (name === "") return directory;
  return (directory.endsWith("/") ? directory + name : `${directory}/${name}`) as BytePath;
}

/** Resolves a path as a link in `directory` says it, without looking at the file system. */
export function resolveFrom(directory: BytePath, path: BytePath): BytePath {
  return posix.resolve(directory, path) as BytePath;
}

/** The way from one directory to a path, both absolute; "." for the directory itself. */
export function relativeTo(directory: BytePath, path: BytePath): BytePath {
  return (posix.relative(directory, path) || ".") as BytePath;
}

/** The directory a path is in; "" for a single name. */
export function directoryOf(path: BytePath): BytePath {
  const directory = posix.dirname(path);
  return (directory === "." ? "" : directory) as BytePath;
}

export function nameOf(path: BytePath): BytePath {
  return posix.basename(path) as BytePath;
}

export function isAbsolutePath(path: BytePath): boolean {
  return path.startsWith("/");
}

/** What follows `directory` in `path`: "" when they are the same, null when `path` is not inside. Both absolute and normal. */
export function pathInside(directory: BytePath, path: BytePath): BytePath | null {
  if (path === directory) return emptyPath;
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  return path.startsWith(prefix) ? (path.slice(prefix.length) as BytePath) : null;
}
