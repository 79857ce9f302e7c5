import { lstat, readdir } from "node:fs/promises";
import { CiloError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault-point.ts";
import { type BytePath, childOf, emptyPath, nameOf, pathInside, toBuffer, toBytePath, toText } from "../byte-path.ts";
import type { TreeVisitor } from "../copy-tree.ts";
import { readOneLine } from "../git-directory.ts";
import { toGitPath } from "../git-program.ts";
import { ifPresent, isDirectory, resolveExistingLinks } from "../presence.ts";
import { removeTree } from "../remove-tree.ts";
import { rewriteFile } from "../rewrite-file.ts";
import { clearGitDirectory, makeGitDirectory } from "./clear-git-directory.ts";
import { compareTrees, fitsStamp, type SourceStamp } from "./compare-trees.ts";
import { listMissing } from "./git-tips.ts";
import { plainGit } from "./plain-git.ts";
import { readStamps } from "./read-stamps.ts";
import { applyStamp, recoverFiles } from "./recover-files.ts";
import { copyInto } from "./save-work.ts";
import { type SavedRepository, type SavedWork, workNames } from "./saved-work.ts";
import { isLeft } from "./split-ignored.ts";

export interface RestoreWorkOptions {
  /** Where `saveWork` put it, absolute. */
  from: string;
  saved: SavedWork;
  /** A fresh copy of the source, or an empty directory where everything was saved; absolute. */
  target: BytePath;
  /** Where it will be, absolute; it may be another place than the one it had. */
  destination: string;
  signal?: AbortSignal | undefined;
}

interface Restoring extends Omit<RestoreWorkOptions, "from"> {
  from: BytePath;
  stamps: ReadonlyMap<BytePath, SourceStamp>;
}

const everything: TreeVisitor = { select: async (_, names) => names, onSymlink() {} };

/**
 * Makes a workspace out of a copy of its source and of what was saved of it.
 * @returns what the source does not have any more as it was then, and what is nowhere else: paths relative to the workspace; what the source has there now is there
 * @throws CILO_RESTORE_FAILED when the source has lost commits that the saved ones build on; CILO_GIT_FAILED, and what copying throws
 */
export async function restoreWork(options: RestoreWorkOptions): Promise<{ missing: string[] }> {
  const from = toBytePath(options.from);
  const restoring: Restoring = { ...options, from, stamps: await readStamps(childOf(from, workNames.stamps)) };
  const { target, saved, signal } = options;
  await removeStrangers(restoring);
  // Objects first: a bundle is checked against the references that its commits build on.
  for (const repository of saved.repositories) await restoreObjects(restoring, repository);
  for (const repository of saved.repositories) await restoreGitFiles(restoring, repository);
  faultPoint("restore-work.repositories-restored");
  await copyInto(childOf(from, workNames.files), { to: target, visitor: everything, signal });
  faultPoint("restore-work.files-restored");
  await moveWorktrees(restoring);
  const missing = await recoverFiles(target, await findStale(restoring), signal);
  // All of this has changed the times of directories.
  await restoreDirectories(restoring);
  return { missing: missing.map(toText).sort() };
}

/** Removes what was not in the workspace, and what is about to be put there anew. */
async function removeStrangers(restoring: Restoring): Promise<void> {
  const { target, from, saved, stamps } = restoring;
  const files = childOf(from, workNames.files);
  const places = saved.repositories.map(({ place }) => place);
  const look = async (path: BytePath): Promise<void> => {
    for (const name of (await readdir(toBuffer(childOf(target, path)), "latin1")) as BytePath[]) {
      const inner = childOf(path, name);
      if (isLeft(saved.left, inner)) continue;
      const here = childOf(target, inner);
      const isHereDirectory = (await lstat(toBuffer(here))).isDirectory();
      const wanted = await ifPresent(lstat(toBuffer(childOf(files, inner))));
      const isGit = places.some((place) => pathInside(inner, place) !== null) && nameOf(inner) === ".git";
      if (isHereDirectory && (isGit || places.includes(inner))) continue;
      const wasDirectory = wanted === null ? stamps.get(inner)?.kind === "directory" : wanted.isDirectory();
      // A directory that has become a symbolic link would have all that follows written to where that leads.
      const stays = isHereDirectory ? wasDirectory : wanted === null && stamps.has(inner) && !wasDirectory;
      if (!stays) await removeTree(here);
      else if (isHereDirectory) await look(inner);
    }
  };
  await look(emptyPath);
}

async function restoreObjects({ from, target, signal }: Restoring, repository: SavedRepository): Promise<void> {
  const here = childOf(target, repository.place);
  await refuseOutside(target, repository.place);
  await makeGitDirectory(here);
  const bundle = childOf(childOf(from, repository.directory), workNames.bundle);
  const lost = (commits: string[], cause?: unknown) => toLostCommits({ repository, bundle, commits, cause });
  if (repository.hasBundle) await unbundle(here, { bundle, lost, signal });
  // Without a bundle all of it was in the source, which may be another repository by now.
  const missing = await listMissing(here, repository.tips, signal);
  if (missing.size > 0) throw lost([...missing]);
}

/** What is written to is a part of the workspace, whatever symbolic links the source has by now. */
async function refuseOutside(target: BytePath, place: BytePath): Promise<void> {
  const [root, real] = await Promise.all([target, childOf(target, place)].map(resolveExistingLinks));
  if (root !== undefined && real !== undefined && pathInside(root, real) !== null) return;
  throw new CiloError(
    "CILO_RESTORE_FAILED",
    `${toText(place)} would be outside of it: the source has a symbolic link there`,
  );
}

async function restoreGitFiles({ from, target, signal }: Restoring, repository: SavedRepository): Promise<void> {
  const here = childOf(target, repository.place);
  const files = childOf(childOf(from, repository.directory), workNames.gitFiles);
  if (!(await isDirectory(files))) return;
  await clearGitDirectory(here, files);
  await copyInto(files, { to: here, visitor: everything, signal });
}

interface Unbundling {
  bundle: BytePath;
  lost(commits: string[], cause: unknown): CiloError;
  signal: AbortSignal | undefined;
}

async function unbundle(gitDirectory: BytePath, { bundle, lost, signal }: Unbundling): Promise<void> {
  try {
    await plainGit({ gitDirectory, workTree: null }, ["bundle", "unbundle", toGitPath(bundle)], { signal });
  } catch (error) {
    if (!(error instanceof CiloError) || !/prerequisite/.test(error.message)) throw error;
    throw lost(
      [...error.message.matchAll(/\b[0-9a-f]{40,64}\b/g)].map(([id]) => id),
      error,
    );
  }
}

function toLostCommits(loss: {
  repository: SavedRepository;
  bundle: BytePath;
  commits: string[];
  cause: unknown;
}): CiloError {
  const { repository, bundle, commits, cause } = loss;
  const place = toText(repository.place);
  const list = commits.slice(0, 5).join(", ");
  return new CiloError(
    "CILO_RESTORE_FAILED",
    `the source has lost commits that the saved ones in ${place} build on: ${list || "see the cause"}`,
    { details: { place, commits, bundle: toText(bundle) }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** Gives directories the mode and times they had; those that were changed have them in what was saved. */
async function restoreDirectories({ from, target, stamps, signal }: Restoring): Promise<void> {
  for (const stamp of stamps.values()) if (stamp.kind === "directory") await applyStamp(target, stamp);
  const files = childOf(from, workNames.files);
  const visitor: TreeVisitor = {
    async select({ source }, names) {
      const kinds = await Promise.all(names.map((name) => lstat(toBuffer(childOf(source, name)))));
      return names.filter((_, index) => kinds[index]?.isDirectory());
    },
    onSymlink() {},
  };
  await copyInto(files, { to: target, visitor, signal });
}

/** Linked worktrees name each other's place as a whole, and must not lead to an environment that has the old one now. */
async function moveWorktrees({ target, saved, destination }: Restoring): Promise<void> {
  const to = toBytePath(destination);
  if (to === saved.root) return;
  const { dotGits } = await compareTrees({ root: target, source: null, separateGitDirectory: null });
  const places = await Promise.all(saved.repositories.map(({ place }) => listWorktrees(childOf(target, place))));
  for (const file of [...dotGits.map((dotGit) => childOf(target, dotGit)), ...places.flat()]) {
    const [, prefix = "", path] = /^(gitdir: )?(\/.*)$/.exec((await readPointer(file)) ?? "") ?? [];
    const inside = path === undefined ? null : pathInside(saved.root, path as BytePath);
    if (inside !== null) await rewriteFile(file, `${prefix}${childOf(to, inside)}\n` as BytePath);
  }
}

/** What says where the linked worktrees of a repository are. */
async function listWorktrees(gitDirectory: BytePath): Promise<BytePath[]> {
  const worktrees = childOf(gitDirectory, "worktrees");
  const names = ((await ifPresent(readdir(toBuffer(worktrees), "latin1"))) ?? []) as BytePath[];
  return names.map((name) => childOf(childOf(worktrees, name), "gitdir"));
}

/** Null for a repository that is there itself. */
async function readPointer(file: BytePath): Promise<BytePath | null> {
  return (await isDirectory(file)) ? null : await readOneLine(file);
}

/** What is not like it was in the source, or is gone there. */
async function findStale({ target, stamps }: Restoring): Promise<SourceStamp[]> {
  const stale: SourceStamp[] = [];
  for (const stamp of stamps.values()) {
    const stats = await ifPresent(lstat(toBuffer(childOf(target, stamp.path)), { bigint: true }));
    if (stats === null || !fitsStamp(stamp, stats)) stale.push(stamp);
  }
  return stale;
}
