import { readdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { hasErrorCode } from "../../base/errors.ts";
import { exec } from "../../base/exec.ts";
import type { Interfaces } from "./address.ts";

/** What detection may ask of the machine. */
export interface UpstreamEnvironment {
  platform: NodeJS.Platform;
  /** Put before every path, by who watches files as well; "" on a real machine. */
  root: string;
  /** Null when there is no such file or it may not be read. */
  readFile(path: string): Promise<string | null>;
  /** Names of what is in a folder, sorted; null when there is none or it may not be read. */
  listFolder(path: string): Promise<string[] | null>;
  /** Standard output of a program, null when it is missing, fails or takes too long. */
  run(file: string, args: readonly string[]): Promise<string | null>;
  interfaces(): Interfaces;
}

/** A program that has not answered by then counts as missing: the daemon's start waits for it. */
const runTimeoutMs = 2_000;
const maxOutputBytes = 1024 * 1024;

/** Why there may be nothing to read, none of it worth a word. */
const absent = ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EISDIR", "ELOOP"];

/**
 * This machine.
 * @param replaced what is to be otherwise: another root folder, other programs.
 */
export function createUpstreamEnvironment(replaced: Partial<UpstreamEnvironment> = {}): UpstreamEnvironment {
  const root = replaced.root ?? "";
  return {
    platform: process.platform,
    root,
    readFile: (path) => unlessAbsent(readFile(join(root, path), "utf8")),
    listFolder: async (path) => (await unlessAbsent(readdir(join(root, path))))?.sort() ?? null,
    run: async (file, args) => {
      // The programs' words are read by us, not by people.
      const env = { ...process.env, LC_ALL: "C" };
      const result = await exec(file, args, { timeoutMs: runTimeoutMs, maxOutputBytes, env });
      return result.exitCode === 0 ? result.stdout : null;
    },
    interfaces: networkInterfaces,
    ...replaced,
  };
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (hasErrorCode(error, ...absent)) return null;
    throw error;
  }
}
