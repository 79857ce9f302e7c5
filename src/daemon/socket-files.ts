import { lstat, rm, rmdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { makeDirectory } from "../base/make-directory.ts";
import type { Paths } from "../base/paths.ts";
import { formatSocketPointer } from "../control/socket-pointer.ts";

type SocketPaths = Pick<Paths, "run" | "socket" | "socketPointer">;

/**
 * Makes room for the control socket, and writes down where it is and who listens there.
 * @throws CILO_LISTEN_FAILED
 */
export async function prepareSocketFiles(paths: SocketPaths): Promise<void> {
  const { run, socket, socketPointer } = paths;
  try {
    await makeDirectory(run);
    if (dirname(socket) !== run) await claimDirectory(dirname(socket));
    await rm(socket, { force: true });
    await writeFileAtomically(socketPointer, formatSocketPointer({ socket, pid: process.pid }));
  } catch (error) {
    throw toListenFailure(error, socket);
  }
}

/** Takes away what `prepareSocketFiles` made and the socket itself; what is gone already is no error. */
export async function removeSocketFiles(paths: SocketPaths): Promise<void> {
  const { run, socket, socketPointer } = paths;
  await rm(socket, { force: true });
  await rm(socketPointer, { force: true });
  // A socket outside CILO_HOME has the name it would have there only in a directory made for it; in the user's own runtime directory it has another.
  if (dirname(socket) === run || basename(socket) !== "cilo.sock") return;
  try {
    await rmdir(dirname(socket));
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT", "ENOTEMPTY", "EEXIST")) throw error;
  }
}

/** Gives a failure of the file system or of listen(2) the code that says what the user can do about it; anything else comes back as it was. */
export function toListenFailure(error: unknown, socket: string): unknown {
  const isSystemError = error instanceof Error && "syscall" in error;
  if (error instanceof CiloError || !isSystemError) return error;
  return new CiloError("CILO_LISTEN_FAILED", `cannot listen on the control socket ${socket}: ${messageOf(error)}`, {
    hint: `run "ls -ld ${dirname(socket)} ${socket}" to see what is there and whose it is, and move it away`,
    details: { socket },
    cause: error,
  });
}

/** A socket outside CILO_HOME lies in a directory that others can write to, so it gets one of its own that must be ours alone. */
async function claimDirectory(directory: string): Promise<void> {
  await makeDirectory(directory);
  const found = await lstat(directory);
  const isOurs = found.isDirectory() && found.uid === process.getuid?.();
  if (isOurs && (found.mode & 0o022) === 0) return;
  throw new CiloError(
    "CILO_LISTEN_FAILED",
    `cannot put the control socket in ${directory}: it is not this user's alone`,
    { hint: "set CILO_HOME to a shorter path, so that the socket fits into it" },
  );
}
