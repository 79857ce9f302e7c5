import type { BigIntStats } from "node:fs";
import { link, lstat, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { type BytePath, childOf, emptyPath, toBuffer, toText } from "./byte-path.ts";
import { toCopyFailure } from "./copy-failure.ts";
import { applyMetadata, applySymlinkMetadata, copyRegularFile } from "./copy-file.ts";
import type { CopySession } from "./copy-session.ts";
import { type DeepDirectory, directoryAt, enterDirectory } from "./deep-directory.ts";
import { workDepthFirst } from "./depth-first.ts";
import { ifPresent } from "./presence.ts";
import { removeTree } from "./remove-tree.ts";

/** What is told about a tree while it is copied. Paths are those in the copy, relative to its root. */
export interface TreeVisitor {
  /** Picks the entries of a directory that are copied. `source` is the directory's absolute path. */
  select(directory: { path: BytePath; source: BytePath }, names: BytePath[]): Promise<BytePath[]>;
  /** A symbolic link was copied as it is. */
  onSymlink(path: BytePath, source: BytePath): void;
}

export interface TreeCopy {
  /** What is copied: a directory or anything else. Absolute. */
  source: BytePath;
  /** Root of the copy, absolute; exists unless `at` is "". */
  copyRoot: BytePath;
  /** Where in the copy the tree goes; a directory that is there already is filled up. */
  at: BytePath;
  session: CopySession;
  visitor: TreeVisitor;
}

/** A directory whose contents are being copied. It gets its mode and times when the last of them is done: a read-only one could not be filled. */
interface OpenDirectory {
  parent: OpenDirectory | null;
  /** Relative to the tree's root. */
  path: BytePath;
  source: DeepDirectory;
  target: DeepDirectory;
  stats: BigIntStats | null;
  /** Entries not done yet, and one more while its own list of entries is being taken. */
  unfinished: number;
}

interface Entry {
  directory: OpenDirectory;
  name: BytePath;
}

/** Enough to keep the four threads of libuv's pool busy, and few open files. */
const concurrency = 16;
const maxRetries = 3;

/**
 * Copies a tree: regular files, directories, symbolic links as they are, hard links among them. Sockets, FIFOs and devices are skipped, and so is what
 * vanishes meanwhile. Other file systems mounted in it are copied like directories.
 * @throws CILO_COPY_FAILED, CILO_DISK_FULL, CILO_INTERRUPTED
 */
export async function copyTree(tree: TreeCopy): Promise<void> {
  const open = new Set<OpenDirectory>();
  // The tree's own place stands for the directory above it, so that its top is an entry like any other.
  const above: OpenDirectory = {
    parent: null,
    path: emptyPath,
    source: directoryAt(tree.source),
    target: directoryAt(childOf(tree.copyRoot, tree.at)),
    stats: null,
    unfinished: 1,
  };
  open.add(above);
  try {
    await workDepthFirst<Entry>(
      [{ directory: above, name: emptyPath }],
      { concurrency, signal: tree.session.signal },
      (entry, push) => placeEntry({ tree, open, ...entry, push }),
    );
  } catch (error) {
    throw toCopyFailure(error, toText(tree.source), tree.session.signal);
  } finally {
    for (const directory of open) await closeDirectory(directory);
  }
}

interface Placing extends Entry {
  tree: TreeCopy;
  open: Set<OpenDirectory>;
  push(entry: Entry): void;
}

async function placeEntry(placing: Placing): Promise<void> {
  const { tree, directory, name } = placing;
  const path = childOf(directory.path, name);
  try {
    const opened = await placeUnlessVanished(placing, path);
    faultPoint("copy.entry-placed");
    if (opened !== null) await finishParents(opened, placing.open);
    tree.session.showProgress();
    await finishParents(directory, placing.open);
  } catch (error) {
    throw toCopyFailure(error, toText(childOf(tree.source, path)), tree.session.signal);
  }
}

/** In a source that is in use, an entry may go, or become another kind of thing, between one look and the next. */
async function placeUnlessVanished(placing: Placing, path: BytePath): Promise<OpenDirectory | null> {
  const { directory, name, tree } = placing;
  const source = childOf(directory.source.path, name);
  let stats = await ifPresent(lstat(toBuffer(source), { bigint: true }));
  for (let tries = 0; stats !== null; tries++) {
    try {
      return await placeByKind(placing, path, stats);
    } catch (error) {
      const now = await ifPresent(lstat(toBuffer(source), { bigint: true }));
      if (now !== null && (isSameKind(now, stats) || tries === maxRetries)) throw error;
      await removeTree(childOf(directory.target.path, name));
      stats = now;
    }
  }
  if (path === "") throw new Error("it does not exist any more");
  tree.session.skip(childOf(tree.at, path), "vanished while it was copied");
  return null;
}

async function placeByKind(placing: Placing, path: BytePath, stats: BigIntStats): Promise<OpenDirectory | null> {
  const { tree, directory, name } = placing;
  const source = childOf(directory.source.path, name);
  const target = childOf(directory.target.path, name);
  if (stats.isDirectory()) return placeDirectory(placing, path, stats);
  if (stats.isSymbolicLink()) {
    await symlink(await readlink(toBuffer(source), { encoding: "buffer" }), toBuffer(target));
    await applySymlinkMetadata(target, stats);
    tree.session.tally.symlinks++;
    tree.visitor.onSymlink(childOf(tree.at, path), childOf(tree.source, path));
  } else if (stats.isFile()) {
    await placeFile(placing, path, stats);
    tree.session.tally.files++;
  } else {
    tree.session.skip(childOf(tree.at, path), kindOf(stats));
  }
  return null;
}

async function placeDirectory(placing: Placing, path: BytePath, stats: BigIntStats): Promise<OpenDirectory> {
  const { tree, directory, name, push } = placing;
  const names = (await readdir(toBuffer(childOf(directory.source.path, name)), { encoding: "latin1" })) as BytePath[];
  const selected = await tree.visitor.select(
    { path: childOf(tree.at, path), source: childOf(tree.source, path) },
    names,
  );
  await makeWritableDirectory(childOf(directory.target.path, name));
  const opened: OpenDirectory = {
    parent: directory,
    path,
    source: await enterDirectory(directory.source, name),
    target: await enterDirectory(directory.target, name),
    stats,
    unfinished: selected.length + 1,
  };
  placing.open.add(opened);
  directory.unfinished++;
  tree.session.tally.directories++;
  for (const child of selected) push({ directory: opened, name: child });
  return opened;
}

async function makeWritableDirectory(path: BytePath): Promise<void> {
  try {
    await mkdir(toBuffer(path), { mode: 0o700 });
  } catch (error) {
    if (!hasErrorCode(error, "EEXIST") || !(await lstat(toBuffer(path))).isDirectory()) throw error;
  }
}

async function placeFile(placing: Placing, path: BytePath, stats: BigIntStats): Promise<void> {
  const { tree, directory, name } = placing;
  const source = childOf(directory.source.path, name);
  const target = childOf(directory.target.path, name);
  const { hardLinks } = tree.session;
  if (stats.nlink === 1n) return copyRegularFile(source, target, { stats, session: tree.session });

  const first = hardLinks.find(stats);
  if (first !== null && (await first.copied) && (await linkToFirst(childOf(tree.copyRoot, first.path), target))) return;
  const copying = copyRegularFile(source, target, { stats, session: tree.session });
  if (first === null) {
    const copied = copying.then(
      () => true,
      () => false,
    );
    hardLinks.remember(stats, { path: childOf(tree.at, path), copied });
  }
  await copying;
}

/** Tells whether the file system allowed one more name; where not, the file gets a copy of its own. */
async function linkToFirst(first: BytePath, target: BytePath): Promise<boolean> {
  try {
    await link(toBuffer(first), toBuffer(target));
    return true;
  } catch (error) {
    if (hasErrorCode(error, "EMLINK", "EPERM", "ENOTSUP", "ENAMETOOLONG", "ENOENT")) return false;
    throw error;
  }
}

/** Counts one entry of a directory as done and finishes what is complete by that, upwards. */
async function finishParents(from: OpenDirectory, open: Set<OpenDirectory>): Promise<void> {
  for (let directory: OpenDirectory | null = from; directory !== null; directory = directory.parent) {
    directory.unfinished--;
    if (directory.unfinished > 0) return;
    if (directory.stats !== null) await applyMetadata(directory.target.path, directory.stats);
    open.delete(directory);
    await closeDirectory(directory);
  }
}

async function closeDirectory(directory: OpenDirectory): Promise<void> {
  await directory.source.close();
  await directory.target.close();
}

function isSameKind(a: BigIntStats, b: BigIntStats): boolean {
  const kindBits = 0o170000n;
  return (a.mode & kindBits) === (b.mode & kindBits);
}

function kindOf(stats: BigIntStats): string {
  if (stats.isSocket()) return "a socket";
  if (stats.isFIFO()) return "a FIFO";
  return "a device";
}
