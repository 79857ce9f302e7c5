import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";

/** Reading says so of what is not there, or is not ours to read. */
export const absentCodes = ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP"];

/**
 * What tells a file from the one that was there before, as text that is only compared: another file, other contents, another owner or mode.
 * "" for one that is not there or may not be looked at.
 * @throws what stat(2) fails with otherwise.
 */
export async function stampFile(path: string): Promise<string> {
  const stats = await unlessAbsent(stat(path, { bigint: true }));
  // Whoever sets the time of modification back changes that of the status.
  return stats === null ? "" : `${identityOf(stats)} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

/** Which file or folder it is, whatever it is called. */
export function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** What `reading` resolves to, or null when it rejects because there is nothing to read. */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (hasErrorCode(error, ...absentCodes)) return null;
    throw error;
  }
}
