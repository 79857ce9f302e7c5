import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { CiloError, hasErrorCode } from "../../base/errors.ts";
import type { Paths } from "../../base/paths.ts";
import { readIfThere } from "../../base/read-if-there.ts";
import { removeWorkspace } from "../../workspace/remove.ts";
import { recordFile, type TrashEntry, timeOfEntry } from "./entry.ts";
import { hasLivingUser } from "./entry-user.ts";
import { parseRecord } from "./parse-record.ts";

/** What the trash may hold, and for how long. */
export interface TrashLimits {
  /** Entries go after that many days. */
  keepDays: number;
  /** What all of them may have together; the oldest go first. */
  maxSizeBytes: number;
}

/** For so long an entry under its hidden name may have nobody who writes it: its writer notes itself right after making it. */
const beginningMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;

/** The entries of the trash, oldest first; those that were never finished have no record. What else lies there is passed over. */
export async function listTrash({ trash }: Pick<Paths, "trash">): Promise<TrashEntry[]> {
  const names = (await listNames(trash)).filter((name) => timeOfEntry(name) !== null).sort();
  return await Promise.all(names.map((name) => readEntry(join(trash, name))));
}

/** Removes an entry for good. One that is gone already is no error. */
export async function removeTrashEntry(
  { trash }: Pick<Paths, "trash">,
  entry: Pick<TrashEntry, "name">,
): Promise<void> {
  if (timeOfEntry(entry.name) === null || basename(entry.name) !== entry.name) {
    throw new CiloError("CILO_BUG", `refused to remove ${entry.name}: it is no entry of the trash`);
  }
  const path = join(trash, entry.name);
  // Without it, it is not listed as whole any more while the rest goes.
  await rm(join(path, recordFile), { force: true });
  await removeWorkspace({ path, within: trash });
}

/**
 * The entries that are to go: those older than the limit, those that nobody will finish, and the oldest while all of them are larger than the limit. The latest stays for its
 * time, since whoever destroyed that environment was told so.
 * @param entries in any order.
 */
export function findExpired(entries: readonly TrashEntry[], now: Date, limits: TrashLimits): TrashEntry[] {
  const idle = entries.filter(({ isInUse }) => !isInUse);
  const isOver = (entry: TrashEntry) => !entry.isFinished || expiryOf(entry, limits).getTime() <= now.getTime();
  const expired = idle.filter(isOver);
  const kept = idle.filter((entry) => !isOver(entry)).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  let sizeBytes = 0;
  const beyond = kept.filter(({ record }, index) => {
    sizeBytes += record?.sizeBytes ?? 0;
    return index > 0 && sizeBytes > limits.maxSizeBytes;
  });
  return [...expired, ...beyond];
}

/** Until when an entry can be restored. */
export function expiryOf({ createdAt }: Pick<TrashEntry, "createdAt">, { keepDays }: TrashLimits): Date {
  return new Date(createdAt.getTime() + keepDays * dayMs);
}

async function listNames(trash: string): Promise<string[]> {
  try {
    return await readdir(trash);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return [];
    throw error;
  }
}

async function readEntry(path: string): Promise<TrashEntry> {
  const name = basename(path);
  const text = await readIfThere(join(path, recordFile));
  const record = text === null ? null : parseRecord(text);
  const createdAt = timeOfEntry(name) ?? new Date(0);
  const isFinished = text !== null;
  const isInUse = (!isFinished && isJustBegun({ name, createdAt })) || (await hasLivingUser(path));
  return { name, path, createdAt, record, isFinished, isInUse };
}

/** An entry gets the name that all look for when it says who writes it, so that only a hidden one may not say it yet. */
function isJustBegun({ name, createdAt }: Pick<TrashEntry, "name" | "createdAt">): boolean {
  return name.startsWith(".") && Math.abs(Date.now() - createdAt.getTime()) < beginningMs;
}
