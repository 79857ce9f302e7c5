import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError, hasErrorCode } from "../../base/errors.ts";
import { identityOfSelf, isAlive, type ProcessIdentity } from "../../base/process-identity.ts";
import { readIfThere } from "../../base/read-if-there.ts";
import { toWriteProblem } from "../../state/file-problems.ts";
import { userFile } from "./entry.ts";

/** Notes in an entry, by its directory, that this process uses it: nobody removes it meanwhile. */
export async function noteUser(path: string): Promise<void> {
  await writeFile(join(path, userFile), JSON.stringify(await identityOfSelf()), { mode: 0o600 });
}

/** Takes the note away; the entry may be gone. */
export async function forgetUser(path: string): Promise<void> {
  await rm(join(path, userFile), { force: true });
}

/**
 * Uses an entry until it is disposed of.
 * @throws CILO_TRASH_ENTRY_NOT_FOUND when it has gone, CILO_DISK_FULL, CILO_HOME_NOT_WRITABLE
 */
export async function useEntry(path: string): Promise<AsyncDisposable> {
  try {
    await noteUser(path);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT")) throw toWriteProblem(error, "write to", path);
    throw new CiloError("CILO_TRASH_ENTRY_NOT_FOUND", `${path} was removed or restored meanwhile`, {
      hint: 'run "cilo restore --list" to see what there is now',
    });
  }
  return { [Symbol.asyncDispose]: () => forgetUser(path) };
}

/** Tells whether a process that lives has noted that it uses an entry. */
export async function hasLivingUser(path: string): Promise<boolean> {
  const text = await readIfThere(join(path, userFile));
  const user = text === null ? null : parseUser(text);
  return user !== null && (await isAlive(user));
}

/** Null for what a killed process wrote half of. */
function parseUser(text: string): ProcessIdentity | null {
  try {
    const { pid, startTime, bootId } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (typeof pid !== "number" || typeof startTime !== "string" || typeof bootId !== "string") return null;
    return { pid, startTime, bootId };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
