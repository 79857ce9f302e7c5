import { type BigIntStats, constants } from "node:fs";
import { chmod, copyFile, type FileHandle, lchown, lutimes, open, utimes } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { type BytePath, toBuffer } from "./byte-path.ts";
import type { CopySession } from "./copy-session.ts";

export interface CopyFileOptions {
  /** Device and inode data of the source, taken before. */
  stats: BigIntStats;
  session: CopySession;
}

const chunkBytes = 1024 * 1024;
/** In a file with holes, a run of zeros of this length becomes a hole. */
const holeBytes = 64 * 1024;

/**
 * Copies a regular file with its mode, times and, as root, its owner. `destination` must not exist.
 * @throws what the file system throws; a part of the file may be there then
 */
export async function copyRegularFile(
  source: BytePath,
  destination: BytePath,
  options: CopyFileOptions,
): Promise<void> {
  const { stats, session } = options;
  if (await reflink(source, destination, options)) {
    session.tally.reflinked++;
  } else {
    await copyContents(source, destination, options);
    if (stats.size > 0n) session.tally.written++;
  }
  await applyMetadata(destination, stats);
  session.tally.bytes += Number(stats.size);
}

/**
 * Gives a file or directory the owner (as root), mode and times of another.
 * @param target a regular file or a directory, not a symbolic link
 */
export async function applyMetadata(target: BytePath, stats: BigIntStats): Promise<void> {
  const path = toBuffer(target);
  await copyOwner(path, stats);
  // After the owner: chown(2) clears the set-user-id and set-group-id bits.
  await chmod(path, Number(stats.mode & 0o7777n));
  await utimes(path, toUnixTime(stats.atimeNs), toUnixTime(stats.mtimeNs));
}

/** The same for a symbolic link itself; its mode means nothing. */
export async function applySymlinkMetadata(target: BytePath, stats: BigIntStats): Promise<void> {
  const path = toBuffer(target);
  await copyOwner(path, stats);
  await lutimes(path, toUnixTime(stats.atimeNs), toUnixTime(stats.mtimeNs));
}

async function copyOwner(path: Buffer, stats: BigIntStats): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  try {
    await lchown(path, Number(stats.uid), Number(stats.gid));
  } catch (error) {
    // Root of a user namespace cannot give away to ids that have no mapping there, and some file systems have no owners.
    if (!hasErrorCode(error, "EPERM", "EINVAL", "ENOTSUP")) throw error;
  }
}

/** Seconds as node:fs takes them, exact to about a quarter of a microsecond; a time before 1970 only as a Date. */
function toUnixTime(ns: bigint): number | Date {
  return ns < 0n ? new Date(Number(ns / 1_000_000n)) : Number(ns) / 1e9;
}

/** Shares the blocks of the source where the file system can; tells whether it could. */
async function reflink(source: BytePath, destination: BytePath, options: CopyFileOptions): Promise<boolean> {
  const { stats, session } = options;
  if (stats.size === 0n || session.withoutReflink.has(stats.dev)) return false;
  try {
    await copyFile(toBuffer(source), toBuffer(destination), constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (!hasErrorCode(error, "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY", "EXDEV", "EINVAL")) throw error;
    session.withoutReflink.add(stats.dev);
    return false;
  }
}

/**
 * Reads and writes, at most as many bytes as the file had. Not `fs.copyFile`: in libuv that call never ends when the source becomes
 * shorter while it runs, and it cannot be aborted.
 */
async function copyContents(source: BytePath, destination: BytePath, options: CopyFileOptions): Promise<void> {
  // O_NONBLOCK: should a FIFO have taken the file's place, opening it must not wait for a writer.
  const from = await open(toBuffer(source), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const to = await open(toBuffer(destination), "wx", 0o600);
    try {
      await pump(from, to, options);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function pump(from: FileHandle, to: FileHandle, options: CopyFileOptions): Promise<void> {
  const size = Number(options.stats.size);
  const hasHoles = options.stats.blocks * 512n < options.stats.size;
  const buffer = Buffer.allocUnsafe(Math.min(size, hasHoles ? holeBytes : chunkBytes));
  const zeros = hasHoles ? Buffer.alloc(buffer.length) : null;
  let position = 0;
  while (position < size) {
    options.session.signal?.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, size - position), position);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    if (!zeros?.subarray(0, bytesRead).equals(chunk)) await writeAll(to, chunk, position);
    position += bytesRead;
  }
  // A hole at the end is length alone.
  if (hasHoles) await to.truncate(position);
}

async function writeAll(to: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    written += (await to.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
  }
}
