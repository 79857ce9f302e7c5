import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { exec } from "../base/exec.ts";

/** A process that listens on a port. */
export interface PortOwner {
  pid: number;
  command: string;
}

/**
 * Finds who holds a port, UDP or TCP, as far as this user may see it.
 * @returns null when nobody is found: another user's sockets are not shown to everybody.
 */
export async function findPortOwner(port: number): Promise<PortOwner | null> {
  return process.platform === "linux" ? findInProc(port) : findWithLsof(port);
}

async function findInProc(port: number): Promise<PortOwner | null> {
  const tables = await Promise.all(["udp", "udp6", "tcp", "tcp6"].map((name) => readTable(`/proc/net/${name}`)));
  const inodes = new Set(tables.flatMap((table) => findInodes(table, port)));
  if (inodes.size === 0) return null;
  for (const entry of await readdir("/proc")) {
    if (/^\d+$/.test(entry) && (await holdsSocket(entry, inodes))) {
      return { pid: Number(entry), command: await commandOf(entry) };
    }
  }
  return null;
}

/**
 * The socket inodes bound to a local port in a table of /proc/net (proc(5)): columns are slot, local address:port in hexadecimal, remote, state, …, inode tenth.
 * Of TCP only listening sockets (state 0A) count.
 */
export function findInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    // An unconnected UDP socket is in state 07 (TCP_CLOSE).
    return local?.endsWith(`:${wanted}`) && (state === "0A" || state === "07") ? [fields[9] ?? ""] : [];
  });
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "EACCES", "ESRCH")) return "";
    throw error;
  }
}

/** The program with its first arguments: the kernel's own short name says no more than "node". */
async function commandOf(pid: string): Promise<string> {
  const words = (await readTable(`/proc/${pid}/cmdline`)).split("\0").filter((word) => word !== "");
  return (
    words
      .slice(0, 4)
      .map((word) => basename(word))
      .join(" ") || (await readTable(`/proc/${pid}/comm`)).trim()
  );
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return true;
    }
    return false;
  } catch (error) {
    if (hasErrorCode(error, "EACCES", "ENOENT", "ESRCH", "EPERM")) return false;
    throw error;
  }
}

async function findWithLsof(port: number): Promise<PortOwner | null> {
  const { stdout } = await exec("lsof", ["-nP", `-i:${port}`, "-Fpc"], { timeoutMs: 5_000 });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  return pid === undefined ? null : { pid: Number(pid), command: /^c(.+)$/m.exec(stdout)?.[1] ?? "" };
}
