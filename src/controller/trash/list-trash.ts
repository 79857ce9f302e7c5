import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { CiloError, hasErrorCode } from "../../base/errors.ts";
import type { Paths } from "../../base/paths.ts";
import { isAlive, type ProcessIdentity } from "../../base/process-identity.ts";
import { readIfThere } from "../../base/read-if-there.ts";
import { removeWorkspace } from "../../workspace/remove.ts";
import { recordFile, type TrashEntry, timeOfEntry, writerFile } from "./entry.ts";
import { parseRecord } from "./parse-record.ts";

/** What the trash may hold, and for how long. */
export interface TrashLimits {
  /** Entries go after that many days. */
  keepDays: number;
  /** What all of them may have together; the oldest go first. */
  maxSizeBytes: number;
}

/** An entry that is not older may not say yet who writes it. */
const beginningMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;

/** The limits that the settings name; a week and a gibibyte where they name none. */
export function toTrashLimits({
  keepDays = 7,
  maxSizeMb = 1024,
}: {
  keepDays?: number | undefined;
  maxSizeMb?: number | undefined;
}): TrashLimits {
  return { keepDays, maxSizeBytes: maxSizeMb * 1024 * 1024 };
}

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
 * The entries that are to go: those older than the limit, those that nobody will finish, and the oldest while all of them are larger than the limit.
 * @param entries in any order.
 */
export function findExpired(entries: readonly TrashEntry[], now: Date, limits: TrashLimits): TrashEntry[] {
  const idle = entries.filter(({ isBeingWritten }) => !isBeingWritten);
  const isOver = (entry: TrashEntry) => !entry.isFinished || expiryOf(entry, limits).getTime() <= now.getTime();
  const expired = idle.filter(isOver);
  const kept = idle.filter((entry) => !isOver(entry)).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  let sizeBytes = 0;
  const beyond = kept.filter(({ record }) => {
    sizeBytes += record?.sizeBytes ?? 0;
    return sizeBytes > limits.maxSizeBytes;
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
  const isBeingWritten = !isFinished && (Date.now() - createdAt.getTime() < beginningMs || (await isWriterAlive(path)));
  return { name, path, createdAt, record, isFinished, isBeingWritten };
}

async function isWriterAlive(path: string): Promise<boolean> {
  const text = await readIfThere(join(path, writerFile));
  const writer = text === null ? null : parseWriter(text);
  return writer !== null && (await isAlive(writer));
}

/** Null for what a killed process wrote half of. */
function parseWriter(text: string): ProcessIdentity | null {
  try {
    const { pid, startTime, bootId } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (typeof pid !== "number" || typeof startTime !== "string" || typeof bootId !== "string") return null;
    return { pid, startTime, bootId };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
