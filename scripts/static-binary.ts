import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { hasErrorCode } from "../src/base/errors.ts";

/** The program header that names a dynamic linker; a program without one needs no library (System V ABI, "Program Header"). */
const interpreterHeaderType = 3;

/** A program and what is in its file. */
export interface StaticBinary {
  path: string;
  content: Uint8Array;
}

/** Finds the first statically linked program of that name on PATH, or null. */
export async function findStaticBinary(name: string, env: NodeJS.ProcessEnv): Promise<StaticBinary | null> {
  const directories = (env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  // Debian's static busybox is in /bin, which a PATH without it may not lead to.
  for (const directory of [...directories, "/bin"]) {
    const path = join(directory, name);
    const content = await readIfThere(path);
    if (content !== null && isStaticElf(content)) return { path, content };
  }
  return null;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return null;
    throw error;
  }
}

/** Tells whether a file is an ELF program without a dynamic linker. */
export function isStaticElf(bytes: Buffer): boolean {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return false;
  const is64Bit = bytes[4] === 2;
  const isLittleEndian = bytes[5] === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = is64Bit ? Number(view.getBigUint64(32, isLittleEndian)) : view.getUint32(28, isLittleEndian);
  const entrySize = view.getUint16(is64Bit ? 54 : 42, isLittleEndian);
  const count = view.getUint16(is64Bit ? 56 : 44, isLittleEndian);
  if (count === 0 || offset + count * entrySize > bytes.length) return false;
  const types = Array.from({ length: count }, (_, index) => view.getUint32(offset + index * entrySize, isLittleEndian));
  return !types.includes(interpreterHeaderType);
}
