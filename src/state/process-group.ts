import { readdir, readFile } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";

/** Tells whether a process group has a member that runs; zombies, which only wait for their parent, do not count. */
export async function hasRunningMembers(groupId: number): Promise<boolean> {
  if (process.platform !== "linux") return answersSignals(groupId);
  for (const name of await readdir("/proc")) {
    if (/^[0-9]+$/.test(name) && (await isRunningMember(name, groupId))) return true;
  }
  return false;
}

/**
 * Sends a signal to a whole process group.
 * @returns false when there is no such group.
 * @throws EPERM, as Node gives it.
 */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-groupId, signal);
  } catch (error) {
    if (hasErrorCode(error, "ESRCH")) return false;
    throw error;
  }
}

function answersSignals(groupId: number): boolean {
  try {
    return signalGroup(groupId, 0);
  } catch (error) {
    // macOS says EPERM for a group of zombies; one that is truly another user's could not be signalled before either.
    if (hasErrorCode(error, "EPERM")) return false;
    throw error;
  }
}

async function isRunningMember(pid: string, groupId: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // proc(5): after the command in parentheses come state, parent and process group.
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(group) === groupId && state !== "Z" && state !== "X";
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ESRCH")) return false;
    throw error;
  }
}
