import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type BytePath, childOf, toBuffer, toBytePath } from "./byte-path.ts";

/**
 * A directory under a path that is short enough for the kernel, which takes 4096 bytes (PATH_MAX) while trees may be deeper. `path` is good until `close`.
 */
export interface DeepDirectory {
  path: BytePath;
  close(): Promise<void>;
}

/** Room is left for a name of 255 bytes (NAME_MAX) in each directory below. */
const longPathBytes = 3_000;

/** Enters the directory `name` of another one, which stays open as long as this one is used. */
export async function enterDirectory(parent: DeepDirectory, name: BytePath): Promise<DeepDirectory> {
  const path = childOf(parent.path, name);
  // Only Linux can go on from an open directory; elsewhere a path that is too long fails with ENAMETOOLONG.
  if (path.length <= longPathBytes || process.platform !== "linux") return directoryAt(path);
  const handle: FileHandle = await open(
    toBuffer(path),
    constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
  );
  return { path: toBytePath(`/proc/self/fd/${handle.fd}`), close: () => handle.close() };
}

/** A directory where a walk starts; nothing is opened. */
export function directoryAt(path: BytePath): DeepDirectory {
  return { path, close: async () => {} };
}
