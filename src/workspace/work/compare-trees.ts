import { type BigIntStats, constants } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { hasErrorCode } from "../../base/errors.ts";
import { type BytePath, childOf, emptyPath, nameOf, toBuffer } from "../byte-path.ts";
import { workDepthFirst } from "../depth-first.ts";
import { ifPresent } from "../presence.ts";

/** How a file or symbolic link of the source was, to tell later whether it is still like that. */
export interface SourceStamp {
  /** Relative to the root. */
  path: BytePath;
  kind: TreeKind;
  mode: number;
  sizeBytes: number;
  /** Decimal. */
  mtimeNs: string;
}

export type TreeKind = "file" | "directory" | "symlink";

export interface ChangedEntry {
  kind: TreeKind;
  /** 0 for all but files. */
  sizeBytes: number;
}

/** What a workspace has that its source has not, git directories left out. Paths are relative to the root. */
export interface TreeDifference {
  /** Entries that are not in the source, or not like that; of directories, their mode and times. */
  changed: Map<BytePath, ChangedEntry>;
  /** The others, as they are in the source. */
  same: SourceStamp[];
  /** Files and directories that differ, as far as is known, and that this user may not read. */
  unreadable: BytePath[];
  /** Each `.git`: directory, file or symbolic link; files and links are among the changed ones. */
  dotGits: BytePath[];
}

export interface ComparedTrees {
  /** Absolute. */
  root: BytePath;
  /** Absolute; null: there is none, all is changed. */
  source: BytePath | null;
  /** A git directory that is not called `.git`, relative to the root. */
  separateGitDirectory: BytePath | null;
  signal?: AbortSignal | undefined;
}

const concurrency = 16;
/** node:fs sets times by seconds in floating point, which are a quarter of a microsecond apart. */
const mtimeToleranceNs = 1_000n;
const chunkBytes = 256 * 1024;

/** Compares a workspace with its source, reading a file only where its size is the same and its time is not. Writes nothing. */
export async function compareTrees(trees: ComparedTrees): Promise<TreeDifference> {
  const difference: TreeDifference = { changed: new Map(), same: [], unreadable: [], dotGits: [] };
  const comparison: Comparison = { trees, difference };
  await workDepthFirst<BytePath>([emptyPath], { concurrency, signal: trees.signal }, async (path, push) => {
    const stats = await ifPresent(lstat(toBuffer(childOf(trees.root, path)), { bigint: true }));
    const kind = stats === null ? null : kindOf(stats);
    if (stats === null || kind === null) return;
    if (nameOf(path) === ".git" && path !== "") {
      difference.dotGits.push(path);
      if (kind !== "directory") difference.changed.set(path, { kind, sizeBytes: Number(stats.size) });
      return;
    }
    if (path === trees.separateGitDirectory) return;
    await compareEntry(comparison, { path, kind, stats });
    if (kind !== "directory" || difference.unreadable.includes(path)) return;
    const names = (await readdir(toBuffer(childOf(trees.root, path)), { encoding: "latin1" })) as BytePath[];
    for (const name of names) push(childOf(path, name));
  });
  return difference;
}

interface Comparison {
  trees: ComparedTrees;
  difference: TreeDifference;
}

interface FoundEntry {
  path: BytePath;
  kind: TreeKind;
  stats: BigIntStats;
}

async function compareEntry({ trees, difference }: Comparison, found: FoundEntry): Promise<void> {
  const { path, kind, stats } = found;
  const here = childOf(trees.root, path);
  const there = trees.source === null ? null : childOf(trees.source, path);
  const known = there === null ? null : await ifPresent(lstat(toBuffer(there), { bigint: true }));
  if (kind !== "symlink" && !(await isReadable(here, kind))) {
    difference.unreadable.push(path);
  } else if (there !== null && known !== null && (await isSame(here, stats, { path: there, stats: known }))) {
    difference.same.push(stampOf(path, kind, known));
  } else {
    difference.changed.set(path, { kind, sizeBytes: kind === "file" ? Number(stats.size) : 0 });
  }
}

/** Containers write to a workspace as whoever they run as. */
async function isReadable(path: BytePath, kind: TreeKind): Promise<boolean> {
  if (process.geteuid?.() === 0) return true;
  try {
    await using _handle = await open(toBuffer(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    // To list a directory is one right, to look at what is in it another.
    if (kind === "directory") await lstat(toBuffer(childOf(path, ".")));
    return true;
  } catch (error) {
    if (hasErrorCode(error, "EACCES", "EPERM")) return false;
    throw error;
  }
}

/** What there is to tell of an entry of the source. */
export function stampOf(path: BytePath, kind: TreeKind, stats: BigIntStats): SourceStamp {
  const sizeBytes = kind === "directory" ? 0 : Number(stats.size);
  return { path, kind, mode: Number(stats.mode & 0o7777n), sizeBytes, mtimeNs: String(stats.mtimeNs) };
}

/** Tells whether an entry is still as a stamp says; a directory's own times say nothing. */
export function fitsStamp(stamp: SourceStamp, stats: BigIntStats): boolean {
  if (kindOf(stats) !== stamp.kind) return false;
  if (stamp.kind === "directory") return true;
  return Number(stats.size) === stamp.sizeBytes && isSameTime(stats.mtimeNs, BigInt(stamp.mtimeNs));
}

async function isSame(
  path: BytePath,
  stats: BigIntStats,
  source: { path: BytePath; stats: BigIntStats },
): Promise<boolean> {
  const kind = kindOf(stats);
  if (kind !== kindOf(source.stats) || !hasSameOwner(stats, source.stats)) return false;
  const hasSameTime = isSameTime(stats.mtimeNs, source.stats.mtimeNs);
  if (kind === "symlink") {
    const [link, other] = await Promise.all([path, source.path].map((at) => readlink(toBuffer(at), "latin1")));
    return link === other;
  }
  if ((stats.mode & 0o7777n) !== (source.stats.mode & 0o7777n)) return false;
  if (kind === "directory") return hasSameTime;
  return stats.size === source.stats.size && (hasSameTime || (await hasSameContent(path, source.path)));
}

/** Only root's copies keep the owner. */
function hasSameOwner(a: BigIntStats, b: BigIntStats): boolean {
  return process.geteuid?.() !== 0 || (a.uid === b.uid && a.gid === b.gid);
}

function isSameTime(a: bigint, b: bigint): boolean {
  const difference = a - b;
  return difference <= mtimeToleranceNs && difference >= -mtimeToleranceNs;
}

async function hasSameContent(a: BytePath, b: BytePath): Promise<boolean> {
  await using left = await open(toBuffer(a));
  await using right = await open(toBuffer(b));
  const chunks = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const;
  for (let position = 0; ; ) {
    const [first, second] = await Promise.all([
      left.read(chunks[0], 0, chunkBytes, position),
      right.read(chunks[1], 0, chunkBytes, position),
    ]);
    if (first.bytesRead !== second.bytesRead) return false;
    if (first.bytesRead === 0) return true;
    if (!chunks[0].subarray(0, first.bytesRead).equals(chunks[1].subarray(0, second.bytesRead))) return false;
    position += first.bytesRead;
  }
}

/** Null for sockets, FIFOs and devices, which no copy has. */
function kindOf(stats: BigIntStats): TreeKind | null {
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  return stats.isFile() ? "file" : null;
}
