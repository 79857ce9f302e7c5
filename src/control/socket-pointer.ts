import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { maxSocketPathBytes } from "../base/paths.ts";

/** Where a daemon listens, and which process it is: what it leaves in a file for commands to find it by. */
export interface SocketPointer {
  /** Absolute path. */
  socket: string;
  pid: number;
}

/** The file's text: the path on the first line, the pid on the second. */
export function formatSocketPointer({ socket, pid }: SocketPointer): string {
  return `${socket}\n${pid}\n`;
}

/** Reads a pointer's text; null when it is none. */
export function parseSocketPointer(text: string): SocketPointer | null {
  const [, socket = "", digits = ""] = /^([^\0\n]+)\n([1-9]\d{0,9})\n$/.exec(text) ?? [];
  if (!isAbsolute(socket) || Buffer.byteLength(socket) > maxSocketPathBytes) return null;
  return { socket, pid: Number(digits) };
}

/** Reads the pointer of a daemon that runs, or of one that was killed; null when there is none. */
export async function readSocketPointer(path: string): Promise<SocketPointer | null> {
  try {
    return parseSocketPointer(await readFile(path, "utf8"));
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES")) return null;
    throw error;
  }
}
