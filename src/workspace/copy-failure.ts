import { getSystemErrorMessage } from "node:util";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";

/**
 * Says why a copy failed, on which path of the source.
 * @returns CILO_DISK_FULL, CILO_INTERRUPTED when `signal` was aborted, else CILO_COPY_FAILED; an error of ours is returned as it is.
 */
export function toCopyFailure(cause: unknown, path: string, signal: AbortSignal | undefined): CiloError {
  if (cause instanceof CiloError) return cause;
  if (signal?.aborted) return new CiloError("CILO_INTERRUPTED", `copying ${path} was interrupted`, { cause });
  if (hasErrorCode(cause, "ENOSPC", "EDQUOT")) {
    return new CiloError("CILO_DISK_FULL", `cannot copy ${path}: no space left where workspaces are kept`, {
      hint: 'free some space, "cilo list" shows which environments could go, then run the same command again',
      details: { path },
      cause,
    });
  }
  return new CiloError("CILO_COPY_FAILED", `cannot copy ${path}: ${reasonOf(cause)}`, {
    ...(hasErrorCode(cause, "EACCES", "EPERM")
      ? {
          hint: `run "ls -ld '${path}'" to see whose it is; make it readable for this user or move it out of the project`,
        }
      : {}),
    details: { path },
    cause,
  });
}

/** What the operating system says, with its code, and without the paths that Node puts there: they name places the user never gave. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof Error && "errno" in cause && typeof cause.errno === "number" && "code" in cause) {
    return `${getSystemErrorMessage(cause.errno)} (${String(cause.code)})`;
  }
  return messageOf(cause);
}
