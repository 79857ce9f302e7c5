import { constants, type Stats } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { CiloError, type ErrorCode, hasErrorCode, messageOf } from "./errors.ts";

/** A file that says more than a person wrote is no Compose, env or configuration file. */
const maxFileBytes = 4 * 1024 * 1024;

/** Why a file of the user's cannot be read. */
export interface FileProblem {
  /** Follows the path: "is a named pipe, not a file". */
  text: string;
  /** Whether another user could read it. */
  isDenied: boolean;
  /** Whether it is a directory, which Compose passes over where it looks for a file of a default name. */
  isDirectory: boolean;
  cause?: unknown;
}

/** What became of a look at a file; `absent` where there is nothing, or a link to nothing. */
export type FileLook = { kind: "file" } | { kind: "absent" } | { kind: "unreadable"; problem: FileProblem };
/** What became of reading one. */
export type FileReading = Exclude<FileLook, { kind: "file" }> | { kind: "text"; text: string };

/**
 * Looks whether a path leads to a file that can be read, and does not open anything else: a named pipe would wait for a writer, a device
 * has no end.
 */
export async function lookAtUserFile(path: string): Promise<FileLook> {
  try {
    const problem = problemOfKind(await stat(path));
    if (problem !== null) return { kind: "unreadable", problem };
    await access(path, constants.R_OK);
    return { kind: "file" };
  } catch (error) {
    return toFailedLook(error);
  }
}

/** Reads a file of the user's as UTF-8, if it is one, can be read and has no more than 4 MiB. Never throws. */
export async function readUserFile(path: string): Promise<FileReading> {
  const look = await lookAtUserFile(path);
  if (look.kind !== "file") return look;
  try {
    return { kind: "text", text: await readFile(path, "utf8") };
  } catch (error) {
    return toFailedLook(error);
  }
}

/**
 * The error for a file that cannot be read.
 * @param options.code for all but a lack of permission, which is CILO_PERMISSION_DENIED.
 * @param options.hint for all but that.
 */
export function toUnreadable(
  path: string,
  problem: FileProblem,
  { code, hint }: { code: ErrorCode; hint: string },
): CiloError {
  return new CiloError(problem.isDenied ? "CILO_PERMISSION_DENIED" : code, `cannot read ${path}: it ${problem.text}`, {
    hint: problem.isDenied ? `run "ls -ld '${path}'" to see whose it is, and let this user read it` : hint,
    details: { path },
    ...(problem.cause === undefined ? {} : { cause: problem.cause }),
  });
}

function problemOfKind(found: Stats): FileProblem | null {
  const isDirectory = found.isDirectory();
  const kind = kindOf(found);
  if (kind !== null) return { text: `is a ${kind}, not a file`, isDenied: false, isDirectory };
  if (found.size <= maxFileBytes) return null;
  return { text: `is larger than ${maxFileBytes / 1024 / 1024} MiB`, isDenied: false, isDirectory };
}

function kindOf(found: Stats): string | null {
  if (found.isFile()) return null;
  if (found.isDirectory()) return "directory";
  if (found.isFIFO()) return "named pipe";
  return found.isSocket() ? "socket" : "device";
}

function toFailedLook(error: unknown): Exclude<FileLook, { kind: "file" }> {
  if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return { kind: "absent" };
  const isDenied = hasErrorCode(error, "EACCES", "EPERM");
  return {
    kind: "unreadable",
    problem: { text: explain(error, isDenied), isDenied, isDirectory: false, cause: error },
  };
}

function explain(error: unknown, isDenied: boolean): string {
  if (isDenied) return "is out of this user's reach";
  if (hasErrorCode(error, "ELOOP")) return "is a link that leads back to itself";
  if (hasErrorCode(error, "ENAMETOOLONG")) return "has a longer name than a file can have";
  if (hasErrorCode(error, "ERR_INVALID_ARG_VALUE")) return "has a NUL byte in its path";
  return `failed: ${messageOf(error)}`;
}
