import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A process that was stopped (SIGSTOP, Ctrl-Z, a debugger), so that it will not let go of anything by itself. */
export interface Suspension {
  /** Its process group. Ctrl-Z stops all of it, programs that it has started too, and all of it must go on. */
  groupId: number;
}

const run = promisify(execFile);

/** Tells whether a process is suspended; null when it is not, and when nothing can be learned about it. */
export async function readSuspension(pid: number): Promise<Suspension | null> {
  try {
    const [state, group] = process.platform === "linux" ? await fieldsFromProc(pid) : await fieldsFromPs(pid);
    return state?.[0]?.toUpperCase() === "T" ? { groupId: Number(group) } : null;
  } catch {
    // A process that ended meanwhile is not suspended, and who waits for it looks again anyway.
    return null;
  }
}

/** Tells whether a process is suspended; false when nothing can be learned about it. */
export async function isSuspended(pid: number): Promise<boolean> {
  return (await readSuspension(pid)) !== null;
}

/**
 * State and process group: fields 3 and 5 of proc(5)'s stat, after the command in parentheses, which may hold anything.
 */
async function fieldsFromProc(pid: number): Promise<(string | undefined)[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1");
  const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [state, group];
}

async function fieldsFromPs(pid: number): Promise<string[]> {
  const { stdout } = await run("ps", ["-o", "stat=,pgid=", "-p", String(pid)]);
  return stdout.trim().split(/\s+/);
}
