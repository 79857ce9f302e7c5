import { readdir, readFile, readlink } from "node:fs/promises";
import { endianness } from "node:os";
import { basename } from "node:path";
import ipaddr from "ipaddr.js";
import { hasErrorCode } from "./errors.ts";
import { exec } from "./exec.ts";

/** A process that listens on a port. */
export interface PortOwner {
  pid: number;
  command: string;
}

/** Where somebody wants to listen. */
export interface ListeningPlace {
  address: string;
  port: number;
}

/**
 * Finds who holds a port, UDP or TCP, at the address or at all of them, as far as this user may see it.
 * @returns null when nobody is found: another user's sockets are not shown to everybody.
 */
export async function findPortOwner(place: ListeningPlace): Promise<PortOwner | null> {
  return process.platform === "linux" ? findInProc(place) : findWithLsof(place.port);
}

/** Tells whether somebody holds a port, also where it is not shown who; on macOS only what this user may see counts. */
export async function isPortHeld(place: ListeningPlace): Promise<boolean> {
  if (process.platform === "linux") return (await readInodes(place)).size > 0;
  return (await findWithLsof(place.port)) !== null;
}

async function readInodes(place: ListeningPlace): Promise<Set<string>> {
  const tables = await Promise.all(["udp", "udp6", "tcp", "tcp6"].map((name) => readTable(`/proc/net/${name}`)));
  return new Set(tables.flatMap((table) => findInodes(table, place)));
}

async function findInProc(place: ListeningPlace): Promise<PortOwner | null> {
  const inodes = await readInodes(place);
  if (inodes.size === 0) return null;
  for (const entry of await readdir("/proc")) {
    if (/^\d+$/.test(entry) && (await holdsSocket(entry, inodes))) {
      return { pid: Number(entry), command: await commandOf(entry) };
    }
  }
  return null;
}

/**
 * The socket inodes in the way of who wants to listen, in a table of /proc/net (proc(5)): columns are slot, local address:port in hexadecimal, remote, state, …, inode tenth.
 * Of TCP only listening sockets (state 0A) count.
 */
export function findInodes(table: string, { address, port }: ListeningPlace): string[] {
  const wantedPort = port.toString(16).toUpperCase().padStart(4, "0");
  const wanted = toTableAddress(address);
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state] = fields;
    const [at = "", atPort] = local.split(":");
    const isInTheWay = at === wanted || isEveryAddress(at) || isEveryAddress(wanted);
    // An unconnected UDP socket is in state 07 (TCP_CLOSE).
    return atPort === wantedPort && isInTheWay && (state === "0A" || state === "07") ? [fields[9] ?? ""] : [];
  });
}

/** An address as the tables have it: words of 32 bits, each in the machine's order. */
function toTableAddress(address: string): string {
  const octets = ipaddr.parse(address).toByteArray();
  const words = Array.from({ length: octets.length / 4 }, (_, index) => octets.slice(index * 4, index * 4 + 4));
  return Buffer.from(words.flatMap((word) => (endianness() === "LE" ? word.toReversed() : word)))
    .toString("hex")
    .toUpperCase();
}

function isEveryAddress(tableAddress: string): boolean {
  return /^0+$/.test(tableAddress);
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "EACCES", "ESRCH")) return "";
    throw error;
  }
}

async function commandOf(pid: string): Promise<string> {
  return describeCommand(await readTable(`/proc/${pid}/cmdline`)) || (await readTable(`/proc/${pid}/comm`)).trim();
}

/**
 * The program, and the script it runs, as the kernel's own short name says no more than "node"; no further argument, which may be a password.
 * @param commandLine of /proc/PID/cmdline: words that end with NUL.
 */
export function describeCommand(commandLine: string): string {
  const [program = "", script = ""] = commandLine.split("\0");
  const isScript = /^[^-].*\.(?:[cm]?[jt]s|py|rb|pl|php|sh)$/.test(script);
  return (isScript ? [program, script] : [program]).map((word) => basename(word)).join(" ");
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
