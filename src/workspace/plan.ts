import { opendir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { type BytePath, childOf, pathInside, toBuffer, toBytePath, toExactText, toText } from "./byte-path.ts";
import { reasonOf } from "./copy-failure.ts";
import { findRepository, type RepositoryPlace } from "./find-repository.ts";
import { requireGit } from "./git-program.ts";
import { resolveExistingLinks, resolveLinks } from "./presence.ts";

export interface CopyPlan {
  /** Directory that is copied; absolute, without symbolic links. */
  root: string;
  /** The project's path inside it, "" when the same; POSIX separators. */
  projectPath: string;
  /** Tells whether the source lies in a git repository, be it copied whole or not. */
  insideRepository: boolean;
}

/**
 * Decides what is copied for a project: the repository around it, or only its own directory.
 * @param options.source any path the user gave
 * @param options.home CILO_HOME; need not exist
 * @throws CILO_SOURCE_INVALID when the source is missing, no directory, unreadable, part of a git directory, or when it would bring
 * CILO_HOME along; a source inside CILO_HOME must be (in) a workspace. CILO_GIT_FAILED when a repository is copied and there is no git.
 */
export async function planCopy(options: {
  source: string;
  home: string;
  onlyDirectory: boolean;
  signal?: AbortSignal;
}): Promise<CopyPlan> {
  const directory = await findDirectory(options.source);
  const home = await resolveExistingLinks(toBytePath(resolve(options.home)));
  const boundary = boundaryOf(directory, home);
  const repository = await findRepository(directory, boundary);
  if (repository.kind === "git-directory") throw gitDirectoryRefusal(directory, repository.path);
  const root = chooseRoot(directory, repository, options.onlyDirectory);
  refuseHomeInside(root, { directory, home });
  await requireReadable(root);
  if (repository.kind === "working-tree" && repository.root === root) await requireGit(options.signal);
  return {
    root: toText(root),
    projectPath: toText(pathInside(root, directory) ?? directory),
    insideRepository: repository.kind === "working-tree",
  };
}

function chooseRoot(directory: BytePath, repository: RepositoryPlace, onlyDirectory: boolean): BytePath {
  return repository.kind === "working-tree" && !onlyDirectory ? repository.root : directory;
}

async function findDirectory(source: string): Promise<BytePath> {
  const given = toBytePath(resolve(source));
  const directory = await resolveLinks(given);
  if (directory === null) throw await toSourceFailure(given);
  if (!(await stat(toBuffer(directory))).isDirectory()) {
    throw new CiloError("CILO_SOURCE_INVALID", `cannot use ${toText(given)}: it is not a directory`, {
      hint: "give the directory of a Compose project",
    });
  }
  if (toExactText(directory) === null) {
    throw new CiloError("CILO_SOURCE_INVALID", `cannot use ${toText(directory)}: the path is not valid UTF-8`, {
      hint: "rename the directory to valid UTF-8, then run the same command again",
    });
  }
  await requireReadable(directory);
  return directory;
}

async function requireReadable(directory: BytePath): Promise<void> {
  try {
    await (await opendir(toBuffer(directory))).close();
    await stat(toBuffer(childOf(directory, ".")));
  } catch (error) {
    throw sourceRefusal(directory, error);
  }
}

/** Asks again for what `resolveLinks` does not say: why. */
async function toSourceFailure(given: BytePath): Promise<CiloError> {
  try {
    await stat(toBuffer(given));
  } catch (error) {
    return sourceRefusal(given, error);
  }
  return new CiloError("CILO_SOURCE_INVALID", `cannot use ${toText(given)}: it cannot be looked at`);
}

function sourceRefusal(path: BytePath, cause: unknown): CiloError {
  const text = toText(path);
  const hint = hasErrorCode(cause, "EACCES", "EPERM")
    ? `run "ls -ld '${text}'" to see whose it is`
    : "give the directory of a Compose project, one that exists";
  return new CiloError("CILO_SOURCE_INVALID", `cannot use ${text}: ${reasonOf(cause)}`, { hint, cause });
}

/**
 * How far up a repository is looked for: a workspace without one must not be taken for part of one around CILO_HOME.
 * @throws CILO_SOURCE_INVALID inside CILO_HOME but in no workspace
 */
function boundaryOf(directory: BytePath, home: BytePath): BytePath {
  const inHome = pathInside(home, directory);
  if (inHome === null) return "/" as BytePath;
  // envs/<project>/<env>; a name with a dot in front is a copy that is not whole yet.
  const workspace = /^envs\/[^./][^/]*\/[^./][^/]*/.exec(inHome)?.[0];
  if (workspace !== undefined) return childOf(home, workspace);
  throw new CiloError("CILO_SOURCE_INVALID", `cannot use ${toText(directory)}: it belongs to cilo itself`, {
    hint: 'give the directory of the Compose project, or "--from" the path that "cilo path ENV" prints',
  });
}

function refuseHomeInside(root: BytePath, at: { directory: BytePath; home: BytePath }): void {
  if (pathInside(root, at.home) === null) return;
  const isOwnFault = pathInside(at.directory, at.home) !== null;
  throw new CiloError(
    "CILO_SOURCE_INVALID",
    `cannot use ${toText(root)}: CILO_HOME, ${toText(at.home)}, lies inside it`,
    {
      hint: isOwnFault
        ? "set CILO_HOME to a directory outside of the project"
        : 'add "--only-dir" to copy the project without the repository around it, or set CILO_HOME to a directory outside of the repository',
    },
  );
}

function gitDirectoryRefusal(directory: BytePath, gitDirectory: BytePath): CiloError {
  const where = directory === gitDirectory ? "it is" : `it is inside ${toText(gitDirectory)},`;
  return new CiloError(
    "CILO_SOURCE_INVALID",
    `cannot use ${toText(directory)}: ${where} a git repository's own directory, without a working tree`,
    { hint: 'make a working tree, "git clone REPOSITORY DIRECTORY", and give that' },
  );
}
