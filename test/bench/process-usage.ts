import { readdir, readFile } from "node:fs/promises";

/** The kernel's clock for CPU times in /proc/<pid>/stat: USER_HZ, 100 on every architecture that Node.js runs on. */
const ticksPerSecond = 100;

/** CPU time a process has used so far with all its threads, in seconds, user and system together, to 10 ms. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const fields = await readStat(pid);
  // utime and stime, fields 14 and 15.
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/**
 * CPU time that the children of this process used which have ended by now, and their children in turn, in seconds, to
 * 10 ms. Null where the kernel does not say.
 */
export async function readChildrenCpuSeconds(): Promise<number | null> {
  if (process.platform !== "linux") return null;
  const fields = await readStat("self");
  // cutime and cstime, fields 16 and 17.
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** The fields of /proc/<pid>/stat from the third on. */
async function readStat(pid: number | "self"): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name in brackets, which may hold spaces.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * CPU time of the threads a process has now, in seconds, to the nanosecond: for processes that do next to nothing. The
 * first number of schedstat (Documentation/scheduler/sched-stats.rst of the kernel).
 */
export async function readThreadSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const texts = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8")));
  return texts.reduce((sum, text) => sum + Number(text.split(" ")[0]) / 1e9, 0);
}

/** Resident set of a process in MiB. */
export async function readResidentMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Datagrams the kernel has thrown away because the socket of a port on 127.0.0.1 had no room left for them. */
export async function readSocketDrops(port: number): Promise<number> {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = (await readFile("/proc/net/udp", "utf8")).split("\n").map((line) => line.trim().split(/\s+/));
  return rows.filter(([, address]) => address === local).reduce((sum, row) => sum + Number(row.at(-1)), 0);
}
