import { lstat, readdir } from "node:fs/promises";
import { type BytePath, childOf, toBuffer } from "./byte-path.ts";
import { workDepthFirst } from "./depth-first.ts";
import { ifPresent } from "./presence.ts";

const concurrency = 16;

/** Visits everything below a directory, and the directory itself; absolute paths, links not followed, no order. Nothing there is fine. */
export async function walkTree(directory: BytePath, visit: (path: BytePath) => Promise<void>): Promise<void> {
  await workDepthFirst<BytePath>([directory], { concurrency }, async (path, push) => {
    const stats = await ifPresent(lstat(toBuffer(path)));
    if (stats === null) return;
    if (stats.isDirectory()) {
      const names = (await ifPresent(readdir(toBuffer(path), { encoding: "latin1" }))) ?? [];
      for (const name of names) push(childOf(path, name));
    }
    await visit(path);
  });
}
