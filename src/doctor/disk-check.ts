import { dirname } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { formatSize } from "../base/format-size.ts";
import { quotePath } from "../state/file-problems.ts";
import { type Check, type Finding, found, type Severity } from "./check.ts";
import type { FileSystemFacts, Machine } from "./machine.ts";

const mebibyte = 1024 * 1024;

/** Below the first a copy of a small project does not fit any more, below the second one of a large one. */
const fewBytes = { problem: 100 * mebibyte, warning: 1024 * mebibyte };
/** A node_modules has some ten thousand. */
const fewFiles = { problem: 1_000, warning: 20_000 };

/** Where workspaces and state are there is room for more. */
export const diskCheck: Check = {
  name: "disk",
  async run({ context, machine }) {
    const { home } = context.paths;
    return [judgeSpace(home, await readNearest(machine, home))];
  },
};

/** CILO_HOME may be yet to be made; it then comes to where the nearest directory above is. */
async function readNearest(machine: Machine, path: string): Promise<FileSystemFacts> {
  try {
    return await machine.fileSystem(path);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT", "ENOTDIR") || dirname(path) === path) throw error;
    return await readNearest(machine, dirname(path));
  }
}

/** Says how much room is left on the file system of a directory. */
export function judgeSpace(directory: string, facts: FileSystemFacts): Finding {
  const { freeBytes, sizeBytes, freeFiles } = facts;
  const space = `${formatSize(freeBytes)} of ${formatSize(sizeBytes)} are free`;
  const files = freeFiles !== null && freeFiles < fewFiles.warning ? `, but for ${freeFiles} files only` : "";
  const severity = worse(judge(freeBytes, fewBytes), freeFiles === null ? "ok" : judge(freeFiles, fewFiles));
  const flag = files === "" ? "-h" : "-i";
  const advice =
    severity === "ok"
      ? {}
      : {
          hint: "free some space, or destroy environments that are not needed; to see what is used:",
          command: `df ${flag} ${quotePath(directory)}`,
        };
  return found(severity, `${space} where ${directory} is${files}`, advice);
}

function judge(left: number, limits: { problem: number; warning: number }): Severity {
  if (left < limits.problem) return "problem";
  return left < limits.warning ? "warning" : "ok";
}

function worse(a: Severity, b: Severity): Severity {
  const order: readonly Severity[] = ["ok", "info", "warning", "problem"];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}
