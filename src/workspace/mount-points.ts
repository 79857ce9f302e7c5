import { readFile } from "node:fs/promises";
import { type BytePath, fromBytes, pathInside } from "./byte-path.ts";

/**
 * Lists what is mounted at or below a directory, bind mounts included, which share their device number with the file system around them.
 * @param directory absolute, without symbolic links
 * @returns absolute paths; none where the system does not say (only Linux does)
 */
export async function listMountPoints(directory: BytePath): Promise<BytePath[]> {
  if (process.platform !== "linux") return [];
  return parseMountPoints(fromBytes(await readFile("/proc/self/mountinfo"))).filter(
    (path) => pathInside(directory, path) !== null,
  );
}

/** @param mountInfo proc_pid_mountinfo(5): the fifth field is the mount point, with space, tab, newline and backslash in octal */
export function parseMountPoints(mountInfo: string): BytePath[] {
  return mountInfo.split("\n").flatMap((line) => {
    const escaped = line.split(" ")[4];
    if (escaped === undefined) return [];
    return [
      escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ) as BytePath,
    ];
  });
}
