import { lstat } from "node:fs/promises";
import { type BytePath, toBuffer, toBytePath } from "./byte-path.ts";
import { ifPresent } from "./presence.ts";
import { walkTree } from "./walk-tree.ts";

/** Bytes of all files below a directory; 0 when there is none. Links are not followed. */
export async function treeSize(directory: string): Promise<number> {
  let sizeBytes = 0;
  await walkTree(toBytePath(directory), async (path: BytePath) => {
    const stats = await ifPresent(lstat(toBuffer(path)));
    if (stats?.isFile()) sizeBytes += stats.size;
  });
  return sizeBytes;
}
