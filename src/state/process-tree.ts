import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { hasErrorCode } from "../base/errors.ts";

const run = promisify(execFile);

interface Parenthood {
  pid: number;
  parent: number;
}

/**
 * The processes that a process has started, and those that these have, while the ones between still run. The docker
 * program starts Compose as a child of its own, which goes on when only its parent is ended.
 * @returns pids, parents before their children.
 */
export async function listDescendants(pid: number): Promise<number[]> {
  const all = process.platform === "linux" ? await parenthoodsFromProc() : await parenthoodsFromPs();
  const found = [pid];
  // Grows while it is gone through.
  for (const ancestor of found) {
    found.push(...all.filter(({ parent }) => parent === ancestor).map((child) => child.pid));
  }
  return found.slice(1);
}

async function parenthoodsFromProc(): Promise<Parenthood[]> {
  const names = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(names.map(parenthoodFromProc));
  return found.filter((parenthood) => parenthood !== null);
}

async function parenthoodFromProc(name: string): Promise<Parenthood | null> {
  try {
    const stat = await readFile(`/proc/${name}/stat`, "latin1");
    // proc(5): after the command in parentheses, which may hold anything, come state and parent.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid: Number(name), parent: Number(parent) };
  } catch (error) {
    // Mounted with hidepid=1 (proc(5)), /proc says nothing of other users' processes but that they are there.
    if (hasErrorCode(error, "ENOENT", "ESRCH", "EPERM", "EACCES")) return null;
    throw error;
  }
}

async function parenthoodsFromPs(): Promise<Parenthood[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0]) => ({ pid, parent }));
}
