import { dirname } from "node:path";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";

/**
 * Gives a failed write below CILO_HOME the code that says what the user can do about it.
 * @param action what was being done, as it follows "cannot": "write the state file".
 * @returns CILO_DISK_FULL or CILO_HOME_NOT_WRITABLE; anything else comes back as it was.
 */
export function toWriteProblem(error: unknown, action: string, path: string): unknown {
  const folder = quotePath(dirname(path));
  if (hasErrorCode(error, "ENOSPC", "EDQUOT")) {
    return new CiloError("CILO_DISK_FULL", `cannot ${action} ${path}: no space is left; what was there is intact`, {
      hint: `run "df -h ${folder}" to see which file system is full, free some space ("cilo destroy ENVIRONMENT" does, and needs none) and run the command again`,
      details: { path },
      cause: error,
    });
  }
  if (hasErrorCode(error, "EROFS")) {
    return new CiloError("CILO_HOME_NOT_WRITABLE", `cannot ${action} ${path}: the file system is read-only (EROFS)`, {
      hint: `run "findmnt --target ${folder}" to see what is mounted there and how, or set CILO_HOME to a directory you can write to`,
      details: { path },
      cause: error,
    });
  }
  if (hasErrorCode(error, "EACCES", "EPERM", "ENOENT", "ENOTDIR", "EEXIST", "EISDIR")) {
    return new CiloError("CILO_HOME_NOT_WRITABLE", `cannot ${action} ${path}: ${messageOf(error)}`, {
      hint: `run "ls -ld ${folder}" to see whose it is, or set CILO_HOME to a directory you can write to`,
      details: { path },
      cause: error,
    });
  }
  return error;
}

/** Writes a path as a shell takes it, for commands in hints. */
export function quotePath(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
