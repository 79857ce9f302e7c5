import { lstat, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { isAlive } from "../base/process-identity.ts";
import { quotePath } from "../state/file-problems.ts";
import { type LockHolder, type OwnerRecord, readOwner } from "../state/lock-owner.ts";
import { readSuspension, type Suspension } from "../state/suspension.ts";
import { type Check, type Finding, found } from "./check.ts";

/** How long a command waits for the state file. */
const stateLockPatienceMs = 30_000;

/** Nobody keeps others from working: no lock is held by a suspended process, or by what is no lock at all. */
export const lockCheck: Check = {
  name: "lock",
  async run({ context: { paths, clock } }) {
    const names = (await listIfThere(paths.locks)).filter((name) => name.endsWith(".lock"));
    const findings = await Promise.all(names.map((name) => judgeLock(join(paths.locks, name), clock.now())));
    const all = findings.flat();
    return all.length === 0 ? [found("ok", "no lock is held")] : all;
  },
};

async function listIfThere(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

async function judgeLock(path: string, now: Date): Promise<Finding[]> {
  const record = await readRecord(path);
  if (record === "none") return [];
  if (record === "foreign") {
    return [
      found("problem", `${path} is in the way: it is no lock, and cilo did not make it`, {
        command: `mv ${quotePath(path)} ${quotePath(`${path}.aside`)}`,
      }),
    ];
  }
  const { holder } = record;
  if (holder === null) return [found("info", `${path} has lost its record; whoever needs it next takes it`)];
  if (!(await isAlive(holder))) {
    const who = `"${holder.purpose}" (pid ${holder.pid})`;
    return [found("info", `${who} ended without letting go; whoever needs its lock next takes it`)];
  }
  return [judgeLivingHolder(path, holder, { now, suspension: await readSuspension(holder.pid) })];
}

/** `foreign`: nothing of ours is there, and it would not give way to a lock. */
async function readRecord(path: string): Promise<OwnerRecord | "foreign" | "none"> {
  try {
    const record = readOwner(path);
    if (record !== null) return record;
    // An empty directory gives way (rename(2)), and one that has just been let go of is none.
    const stats = await lstat(path);
    if (stats.isDirectory() && (await readdir(path)).length === 0) return "none";
    // One may have been taken since.
    return readOwner(path) ?? "foreign";
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return "none";
    if (hasErrorCode(error, "ENOTDIR")) return "foreign";
    throw error;
  }
}

function judgeLivingHolder(
  path: string,
  { pid, purpose, since }: LockHolder,
  { now, suspension }: { now: Date; suspension: Suspension | null },
): Finding {
  const who = `"${purpose}" (pid ${pid}), since ${since}`;
  if (suspension !== null) {
    return found("problem", `a lock is held by a process that is suspended: ${who}`, {
      hint: "others wait for it; let it go on, or end it:",
      command: `kill -CONT -- -${suspension.groupId}`,
    });
  }
  const isState = basename(path) === "state.lock";
  if (isState && now.getTime() - Date.parse(since) > stateLockPatienceMs) {
    return found("warning", `the state file is locked for longer than others wait: ${who}`, {
      command: `ps -p ${pid}`,
    });
  }
  return found("info", `a lock is held by ${who}`);
}
