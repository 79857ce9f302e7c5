import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Tells whether a process is stopped (SIGSTOP, Ctrl-Z, a debugger), so that it will not let go of anything by itself.
 * False when nothing can be learned about it.
 */
export async function isSuspended(pid: number): Promise<boolean> {
  try {
    const state = process.platform === "linux" ? await stateFromProc(pid) : await stateFromPs(pid);
    return state === "T" || state === "t";
  } catch {
    // This only adds to a message; a process that ended meanwhile is not suspended.
    return false;
  }
}

async function stateFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1");
  // proc(5): the state follows the command in parentheses, which may hold anything.
  return stat.slice(stat.lastIndexOf(")") + 2)[0];
}

async function stateFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await run("ps", ["-o", "stat=", "-p", String(pid)]);
  return stdout.trim()[0];
}
