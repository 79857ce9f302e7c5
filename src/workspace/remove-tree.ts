import { chmod, lstat, readdir, rmdir, unlink } from "node:fs/promises";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { type BytePath, childOf, directoryOf, nameOf, toBuffer, toText } from "./byte-path.ts";
import { type DeepDirectory, directoryAt, enterDirectory } from "./deep-directory.ts";
import { workDepthFirst } from "./depth-first.ts";
import { ifPresent } from "./presence.ts";

interface Removal {
  parent: Removal | null;
  name: BytePath;
  /** What it is in, as it is reached, and as it is called. */
  directory: DeepDirectory;
  path: BytePath;
  /** The directory itself once it is open, and its entries not gone yet. */
  opened: DeepDirectory | null;
  unfinished: number;
}

const concurrency = 16;

/**
 * Removes whatever is at `top`, absolute; nothing there is fine. Symbolic links are removed, never followed, directories without the write bit
 * are given it first, and other file systems are not entered.
 * @throws CILO_REMOVE_FAILED for a mount point, else what the file system throws
 */
export async function removeTree(top: BytePath): Promise<void> {
  const stats = await ifPresent(lstat(toBuffer(top), { bigint: true }));
  if (stats === null) return;
  const open = new Set<DeepDirectory>();
  const first = toRemoval(null, { directory: directoryAt(directoryOf(top)), name: nameOf(top), path: top });
  try {
    await workDepthFirst<Removal>([first], { concurrency }, (removal, push) =>
      removeEntry({ removal, push, open, device: stats.dev }),
    );
  } finally {
    for (const directory of open) await directory.close();
  }
}

interface Removing {
  removal: Removal;
  push(removal: Removal): void;
  open: Set<DeepDirectory>;
  device: bigint;
}

function toRemoval(parent: Removal | null, at: { directory: DeepDirectory; name: BytePath; path: BytePath }): Removal {
  return { parent, ...at, opened: null, unfinished: 0 };
}

async function removeEntry(removing: Removing): Promise<void> {
  const { removal, push, open } = removing;
  const target = childOf(removal.directory.path, removal.name);
  const stats = await ifPresent(lstat(toBuffer(target), { bigint: true }));
  if (stats?.isDirectory()) {
    if (stats.dev !== removing.device) throw mountPointRefusal(removal.path);
    // As its owner, one may not list or empty a directory without these bits.
    if ((stats.mode & 0o700n) !== 0o700n) await chmod(toBuffer(target), 0o700);
    const opened = await enterDirectory(removal.directory, removal.name);
    open.add(opened);
    const names = (await readdir(toBuffer(target), { encoding: "latin1" })) as BytePath[];
    removal.opened = opened;
    removal.unfinished = names.length;
    for (const name of names) {
      push(toRemoval(removal, { directory: opened, name, path: childOf(removal.path, name) }));
    }
    if (names.length > 0) return;
  } else if (stats !== null) {
    await ignoreMissing(unlink(toBuffer(target)));
    faultPoint("remove.entry-removed");
  }
  await finish(removal, open);
}

/** Removes directories that have become empty, upwards. */
async function finish(done: Removal, open: Set<DeepDirectory>): Promise<void> {
  for (let removal: Removal | null = done; removal !== null; removal = removal.parent) {
    if (removal !== done) removal.unfinished--;
    if (removal.unfinished > 0) return;
    if (removal.opened === null) continue;
    open.delete(removal.opened);
    await removal.opened.close();
    await ignoreMissing(rmdir(toBuffer(childOf(removal.directory.path, removal.name))));
  }
}

/** @returns the refusal to empty a directory that belongs to another file system. */
export function mountPointRefusal(path: BytePath): CiloError {
  const text = toText(path);
  return new CiloError("CILO_REMOVE_FAILED", `cannot remove ${text}: something is mounted there`, {
    hint: `run "sudo umount '${text}'", then the same command again`,
    details: { path: text },
  });
}

async function ignoreMissing(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT")) throw error;
  }
}
