import { readFile } from "node:fs/promises";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { hasErrorCode } from "../../base/errors.ts";
import { exec } from "../../base/exec.ts";

/** What detection may ask of the machine. */
export interface UpstreamEnvironment {
  platform: NodeJS.Platform;
  /** Null when there is no such file or it may not be read. */
  readFile(path: string): Promise<string | null>;
  /** Standard output of a program, null when it is missing, fails or takes too long. */
  run(file: string, args: string[]): Promise<string | null>;
  interfaces(): NodeJS.Dict<NetworkInterfaceInfo[]>;
}

/** A program that has not answered by then counts as missing: the daemon's start waits for it. */
const runTimeoutMs = 2_000;

/** This machine. */
export const systemUpstreamEnvironment: UpstreamEnvironment = {
  platform: process.platform,
  readFile: async (path) => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (hasErrorCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EISDIR")) return null;
      throw error;
    }
  },
  run: async (file, args) => {
    const result = await exec(file, args, { timeoutMs: runTimeoutMs, maxOutputBytes: 1024 * 1024 });
    return result.exitCode === 0 ? result.stdout : null;
  },
  interfaces: networkInterfaces,
};
