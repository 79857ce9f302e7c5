import { chmod, lstat, symlink, writeFile } from "node:fs/promises";
import { type BytePath, directoryOf, toBuffer } from "./byte-path.ts";
import { applyMetadata } from "./copy-file.ts";
import { removeTree } from "./remove-tree.ts";

/** Changes what is at a path of the copy, and leaves the directory it is in with the mode and the times it had. */
export async function changeInside(path: BytePath, change: (path: BytePath) => Promise<void>): Promise<void> {
  const directory = directoryOf(path);
  const stats = await lstat(toBuffer(directory), { bigint: true });
  await chmod(toBuffer(directory), Number(stats.mode & 0o7777n) | 0o700);
  await change(path);
  await applyMetadata(directory, stats);
}

/** Replaces a file of the copy; it keeps its mode. */
export async function rewriteFile(path: BytePath, content: BytePath): Promise<void> {
  await changeInside(path, async () => {
    const { mode } = await lstat(toBuffer(path));
    await removeTree(path);
    await writeFile(toBuffer(path), toBuffer(content));
    await chmod(toBuffer(path), mode & 0o7777);
  });
}

/** Replaces a symbolic link of the copy. */
export async function rewriteSymlink(path: BytePath, target: BytePath): Promise<void> {
  await changeInside(path, async () => {
    await removeTree(path);
    await symlink(toBuffer(target), toBuffer(path));
  });
}
