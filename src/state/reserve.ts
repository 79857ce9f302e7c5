import { randomBytes } from "node:crypto";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import type { Paths } from "../base/paths.ts";

/** Locks, journal entries and generated files of one command. */
const baseSizeBytes = 256 * 1024;

type Places = Pick<Paths, "home" | "stateFile">;

/**
 * Sees to it that CILO_HOME has a file that is good for nothing but its space: commands that free space have to write a
 * little first, and on a full disk could not. Where no space is left for it there is none, and where nothing can be
 * written the command that needs to says so.
 */
export async function keepReserve(paths: Places): Promise<void> {
  const reserve = pathOf(paths);
  // State is written beside the old one before it replaces that.
  const wantedBytes = baseSizeBytes + 2 * (await sizeOf(paths.stateFile));
  if ((await sizeOf(reserve)) >= wantedBytes - baseSizeBytes / 2) return;
  try {
    // No zeros: a file system may keep none of them.
    await writeFile(reserve, randomBytes(wantedBytes), { mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    await rm(reserve, { force: true }).catch(() => {});
  }
}

/**
 * Does work that frees space. Where the disk is full it is begun anew with the reserve's space to write in; the reserve
 * is there again afterwards, if there is space for it.
 * @param onSpent called before that.
 * @throws what the work throws.
 */
export async function withReserve<T>(paths: Places, onSpent: () => void, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isFull = error instanceof CiloError && error.code === "CILO_DISK_FULL";
    if (!isFull || !(await spend(paths))) throw error;
  }
  onSpent();
  try {
    return await work();
  } finally {
    await keepReserve(paths);
  }
}

/** @returns whether there was one. */
async function spend(paths: Places): Promise<boolean> {
  const reserve = pathOf(paths);
  if ((await sizeOf(reserve)) === 0) return false;
  await rm(reserve, { force: true });
  return true;
}

function pathOf({ home }: Places): string {
  return join(home, "reserve");
}

/** In bytes; 0 when it is not there. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return 0;
    throw error;
  }
}
