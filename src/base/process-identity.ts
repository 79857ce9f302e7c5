import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { hasErrorCode } from "./errors.ts";

/**
 * Says which process is meant even after its pid was given to another one or the machine was started again.
 * `startTime` is opaque text, equal only for the same process of the same boot.
 */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
  bootId: string;
}

const run = promisify(execFile);
let ownIdentity: Promise<ProcessIdentity> | undefined;
let bootId: Promise<string> | undefined;

/** Identity of this process. */
export function identityOfSelf(): Promise<ProcessIdentity> {
  ownIdentity ??= (async () => {
    const startTime = await startTimeOf(process.pid);
    if (startTime === null) throw new Error(`no start time for own pid ${process.pid}`);
    return { pid: process.pid, startTime, bootId: await currentBootId() };
  })();
  return ownIdentity;
}

/** Identity of a running process, or null when no such process runs. */
export async function identityOf(pid: number): Promise<ProcessIdentity | null> {
  const startTime = await startTimeOf(pid);
  return startTime === null ? null : { pid, startTime, bootId: await currentBootId() };
}

/** Tells whether exactly this process still runs; a zombie does not. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== (await currentBootId())) return false;
  return (await startTimeOf(identity.pid)) === identity.startTime;
}

async function startTimeOf(pid: number): Promise<string | null> {
  return process.platform === "linux" ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

async function startTimeFromProc(pid: number): Promise<string | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ESRCH")) return null;
    throw error;
  }
  // proc(5): field 2 is the command in parentheses and may hold anything, so fields are counted after its last ")".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  if (state === "Z" || state === "X") return null;
  return fields[19] ?? null;
}

async function startTimeFromPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      // lstart is printed in local time.
      env: { ...process.env, LC_ALL: "C", TZ: "UTC0" },
    });
    const line = stdout.trim();
    return line === "" || line.startsWith("Z") ? null : line.replace(/^\S+\s+/, "");
  } catch (error) {
    // ps exits 1 when no process matches.
    if (error instanceof Error && "code" in error && error.code === 1) return null;
    throw error;
  }
}

function currentBootId(): Promise<string> {
  bootId ??= (async () => {
    if (process.platform === "linux") return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    const { stdout } = await run("sysctl", ["-n", "kern.bootsessionuuid"]);
    return stdout.trim();
  })();
  return bootId;
}
