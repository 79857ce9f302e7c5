import { toBytePath } from "./byte-path.ts";
import { walkTree } from "./walk-tree.ts";

/**
 * Bytes of all files below a directory, or of a file; 0 when there is nothing. Links are not followed. A directory that this user may not look into counts as
 * one byte: nobody knows what is in it, and it is not to be taken for nothing.
 */
export async function treeSize(path: string): Promise<number> {
  let sizeBytes = 0;
  await walkTree(toBytePath(path), async ({ stats, isClosed }) => {
    if (isClosed) sizeBytes += 1;
    else if (stats.isFile()) sizeBytes += stats.size;
  });
  return sizeBytes;
}
