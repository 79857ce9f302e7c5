import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { hasErrorCode } from "../base/errors.ts";
import { identityOfSelf, type ProcessIdentity } from "../base/process-identity.ts";

/** Who holds a lock, and what for. */
export interface LockHolder extends ProcessIdentity {
  /** As it is shown to those who wait: "up shop/login". */
  purpose: string;
  /** ISO 8601. */
  since: string;
}

/** The owner's record in a lock directory. */
export interface OwnerRecord {
  /** The file's bytes as they are; holds a random token, so that two acquisitions never have equal texts. */
  text: string;
  /** Null when the text is not an owner's record: a power cut can leave the file empty, a living holder never does. */
  holder: LockHolder | null;
}

const holderSchema = v.looseObject({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  startTime: v.string(),
  bootId: v.string(),
  purpose: v.string(),
  since: v.string(),
});

/** Where a lock directory keeps its owner's record. */
export function ownerFileOf(lockPath: string): string {
  return join(lockPath, "owner.json");
}

/** Writes the record of a new acquisition by this process. */
export async function createOwnerText(purpose: string, since: Date): Promise<string> {
  const { pid, startTime, bootId } = await identityOfSelf();
  return `${JSON.stringify({ pid, startTime, bootId, token: randomUUID(), purpose, since: since.toISOString() })}\n`;
}

/** Reads who holds a lock; null when nobody does, and when what is there is no lock. */
export function readOwner(lockPath: string): OwnerRecord | null {
  const text = readOwnerText(lockPath);
  return text === null ? null : { text, holder: parseHolder(text) };
}

/** Reads the record alone, which takes a few microseconds: enough to see that a lock is still the same. */
export function readOwnerText(lockPath: string): string | null {
  try {
    return readFileSync(ownerFileOf(lockPath), "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    const { pid, startTime, bootId, purpose, since } = v.parse(holderSchema, JSON.parse(text));
    return { pid, startTime, bootId, purpose, since };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return null;
    throw error;
  }
}
