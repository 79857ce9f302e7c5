import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { mapTexts } from "../base/map-texts.ts";

/**
 * A project as it would lie in a workspace, without a copy being made: a link in a directory of its own. What a Compose file reaches by a relative path that leaves the
 * project leads beside the link, as it would beside a copy, and what it reaches by an absolute one does not.
 */
export interface StandInCopy extends AsyncDisposable {
  /** Stands for CILO_HOME. */
  home: string;
  /** Stands for the copy's top directory. */
  workspace: string;
  /** A free place beside it, for generated files. */
  generated: string;
  /** The path in the copy of something in the project. */
  toCopy(path: string): string;
  /** A text of paths in the copy with those of the project itself. */
  toSource(text: string): string;
}

/**
 * @param root what would be copied, absolute and without links.
 * @throws CILO_DISK_FULL, CILO_PERMISSION_DENIED
 */
export async function createStandInCopy(root: string): Promise<StandInCopy> {
  const directory = await makeDirectory();
  // Names that nothing else has, so that a text is searched for paths that begin with them and not for "copy" in "copy-of-data".
  const unique = basename(directory);
  const envs = join(directory, unique);
  const workspaces = join(envs, unique);
  const workspace = join(workspaces, unique);
  const generated = join(directory, "generated");
  try {
    await mkdir(workspaces, { recursive: true });
    await mkdir(generated);
    await symlink(root, workspace);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw toTemporaryProblem(error, directory);
  }
  return {
    home: directory,
    workspace,
    generated,
    toCopy: (path) => join(workspace, relative(root, path)),
    toSource: (text) => [workspace, workspaces, envs, directory].reduce(toAncestor(root), text),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function makeDirectory(): Promise<string> {
  const place = tmpdir();
  try {
    return await realpath(await mkdtemp(join(place, "cilo-check-")));
  } catch (error) {
    throw toTemporaryProblem(error, place);
  }
}

/**
 * Gives a failed write below the directory for temporary files the code that says what the user can do about it.
 * @returns CILO_DISK_FULL or CILO_PERMISSION_DENIED; anything else comes back as it was.
 */
export function toTemporaryProblem(error: unknown, path: string): unknown {
  if (hasErrorCode(error, "ENOSPC", "EDQUOT")) {
    return new CiloError("CILO_DISK_FULL", `cannot write temporary files to ${path}: no space is left`, {
      hint: `run "df -h '${path}'" and free some space, or set TMPDIR to a directory that has some`,
      details: { path },
      cause: error,
    });
  }
  if (!hasErrorCode(error, "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP")) return error;
  return new CiloError("CILO_PERMISSION_DENIED", `cannot write temporary files to ${path}: ${messageOf(error)}`, {
    hint: "set TMPDIR to a directory that exists and that you can write to",
    details: { path },
    cause: error,
  });
}

/** Replaces, in a text, the directory that is so many above the copy by the one that is as many above the root. */
function toAncestor(root: string): (text: string, place: string, steps: number) => string {
  return (text, place, steps) => {
    const source = resolve(root, ...Array.from({ length: steps }, () => ".."));
    return text.replaceAll(`${place}/`, () => join(source, "/")).replaceAll(place, () => source);
  };
}

/** Does work on the copy; what it fails with speaks of the project's own paths. */
export async function withSourcePaths<T>(toSource: StandInCopy["toSource"], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    throw new CiloError(error.code, toSource(error.message), {
      ...(error.hint === null ? {} : { hint: toSource(error.hint) }),
      details: mapTexts(error.details, toSource) as Record<string, unknown>,
      cause: error.cause,
    });
  }
}
