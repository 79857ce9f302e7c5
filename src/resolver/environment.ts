import { readFile, realpath } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { exec } from "../base/exec.ts";

/** The questions that detection asks a machine; nothing in it changes anything. */
export interface ResolverEnvironment {
  /** As `process.platform` has it. */
  platform: string;
  /** The text of a file, or null when there is none or this user may not read it. */
  readFile(path: string): Promise<string | null>;
  /** The path with every symbolic link followed, or null when there is no such file. */
  realPath(path: string): Promise<string | null>;
  /** What a program printed to stdout, or null when it is not installed, failed or did not end in time. */
  run(file: string, args: readonly string[]): Promise<string | null>;
}

const runTimeoutMs = 5_000;
const unreadable = ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP"];

/** This machine. */
export const systemResolverEnvironment: ResolverEnvironment = {
  platform: process.platform,
  readFile: (path) => readFile(path, "utf8").catch(nullIfUnreadable),
  realPath: (path) => realpath(path).catch(nullIfUnreadable),
  async run(file, args) {
    const result = await exec(file, args, {
      // Daemons such as NetworkManager are in sbin, which a user's PATH often lacks; messages are parsed, so in English.
      env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" },
      timeoutMs: runTimeoutMs,
    });
    return result.exitCode === 0 ? result.stdout : null;
  },
};

function nullIfUnreadable(error: unknown): null {
  if (hasErrorCode(error, ...unreadable)) return null;
  throw error;
}
