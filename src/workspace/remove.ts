import { resolve } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { type BytePath, childOf, directoryOf, nameOf, pathInside, toBytePath } from "./byte-path.ts";
import { reasonOf } from "./copy-failure.ts";
import { listMountPoints } from "./mount-points.ts";
import { resolveLinks } from "./presence.ts";
import { mountPointRefusal, removeTree } from "./remove-tree.ts";
import { removeAbandoned, setAside } from "./staging.ts";

/**
 * Removes a workspace whatever its modes, and copies to its place that were never finished. What is gone already is no error; symbolic links are removed, not followed; nothing is removed when
 * something is mounted in it.
 * @param options.path absolute
 * @param options.within the only directory in which anything may be removed; it stays itself
 * @param options.atOnce from one instant to the next nothing is at `path` any more: what is left when this process dies in the middle is no workspace but a copy
 * that was never finished
 * @throws CILO_BUG when `path` is not strictly inside `within`, CILO_PERMISSION_DENIED, CILO_REMOVE_FAILED; a part may be gone then,
 * and the same call goes on from there
 */
export async function removeWorkspace(options: { path: string; within: string; atOnce?: boolean }): Promise<void> {
  refuseOutside(resolve(options.path), resolve(options.within), options);
  const path = toBytePath(resolve(options.path));
  const parent = await resolveLinks(directoryOf(path));
  const within = await resolveLinks(toBytePath(resolve(options.within)));
  if (parent === null || within === null) return;
  const real = childOf(parent, nameOf(path));
  refuseOutside(real, within, options);
  const [mounted] = await listMountPoints(real);
  if (mounted !== undefined) throw mountPointRefusal(mounted);
  try {
    await removeTree(options.atOnce ? await setAside(real) : real);
    await removeAbandoned(resolve(options.path));
  } catch (error) {
    throw toRemoveFailure(error, options.path);
  }
}

/** Looked at twice: as it is written, and as it is once symbolic links on the way are followed. */
function refuseOutside(path: string, within: string, options: { path: string; within: string }): void {
  const inside = pathInside(within as BytePath, path as BytePath);
  if (inside !== null && inside !== "") return;
  throw new CiloError("CILO_BUG", `refused to remove ${options.path}: it is not inside ${options.within}`, {
    details: { path: options.path, within: options.within },
  });
}

function toRemoveFailure(cause: unknown, path: string): CiloError {
  if (cause instanceof CiloError) return cause;
  const failed = failedPath(cause) ?? path;
  if (hasErrorCode(cause, "EACCES", "EPERM")) {
    return new CiloError("CILO_PERMISSION_DENIED", `cannot remove ${failed}: ${reasonOf(cause)}`, {
      hint: `run "sudo rm -rf --one-file-system '${path}'", containers may have written files as root, then the same command again`,
      details: { path: failed },
      cause,
    });
  }
  return new CiloError("CILO_REMOVE_FAILED", `cannot remove ${failed}: ${reasonOf(cause)}`, {
    details: { path: failed },
    cause,
  });
}

/** Node tells the path as it was given, here as bytes. */
function failedPath(cause: unknown): string | null {
  if (!(cause instanceof Error) || !("path" in cause)) return null;
  if (cause.path instanceof Uint8Array) return Buffer.from(cause.path).toString("utf8");
  return typeof cause.path === "string" ? cause.path : null;
}
