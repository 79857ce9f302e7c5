import { readlink } from "node:fs/promises";
import {
  type BytePath,
  childOf,
  directoryOf,
  emptyPath,
  isAbsolutePath,
  pathInside,
  toBuffer,
  toText,
} from "./byte-path.ts";
import { catchUpObjects } from "./catch-up-objects.ts";
import { toCopyFailure } from "./copy-failure.ts";
import type { CopySession } from "./copy-session.ts";
import { copyTree } from "./copy-tree.ts";
import { commonDirectoryOf, readGitPointer } from "./git-directory.ts";
import type { FoundPath, GitSurvey } from "./git-survey.ts";
import { makeOwnRepository } from "./own-repository.ts";
import { exists, resolveLinks } from "./presence.ts";
import { leadsTo, linkBetween, type Relocation, relocate } from "./relocation.ts";
import { removeTree } from "./remove-tree.ts";
import { type CopyPlaces, repairGitDirectory } from "./repair-git-directory.ts";
import { changeInside, rewriteFile, rewriteSymlink } from "./rewrite-file.ts";

export interface Detaching {
  /** Root of the source, absolute, without symbolic links. */
  root: BytePath;
  /** Where the copy is now, and where it will be; absolute. */
  copyRoot: BytePath;
  destination: BytePath;
  session: CopySession;
  survey: GitSurvey;
}

/**
 * Makes every repository in a copied tree stand on its own, so that nothing git does in the copy reaches the source: links out of the tree are replaced by
 * what they lead to, links within it lead to the copy.
 * @throws CILO_GIT_FAILED, CILO_COPY_FAILED, CILO_DISK_FULL, CILO_INTERRUPTED
 */
export async function detachRepositories(job: Detaching): Promise<void> {
  const relocations: Relocation[] = [{ from: job.root, to: emptyPath }];
  const { findings } = job.survey;
  const { signal } = job.session;
  const places: CopyPlaces = { copyRoot: job.copyRoot, destination: job.destination, relocations };
  // Outer ones first: the git directory of a submodule is often inside its superproject's.
  for (const dotGit of findings.dotGits.toSorted(byDepth)) {
    await reportingAt(dotGit, signal, () => detachDotGit(dotGit, job, relocations));
  }
  // Grows meanwhile: what takes the place of a link may have links in it.
  for (const link of findings.symlinks) {
    await reportingAt(link, signal, () => detachSymlink(link, job, relocations));
  }
  for (const directory of findings.directories) {
    await reportingAt(directory, signal, async () => {
      await catchUpObjects(directory, job);
      await repairGitDirectory(directory, places, signal);
    });
  }
}

function byDepth(a: FoundPath, b: FoundPath): number {
  return a.path.split("/").length - b.path.split("/").length;
}

async function reportingAt(
  found: FoundPath,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    signal?.throwIfAborted();
    await work();
  } catch (error) {
    throw toCopyFailure(error, toText(found.source), signal);
  }
}

async function detachDotGit(dotGit: FoundPath, job: Detaching, relocations: Relocation[]): Promise<void> {
  const { path, source } = dotGit;
  const pointer = await readGitPointer(source);
  if (pointer === null) return;
  const here = childOf(job.copyRoot, path);
  const place = relocate(relocations, pointer.gitDirectory);
  if (place === null || !(await exists(childOf(job.copyRoot, place)))) {
    const { copyRoot, session, survey } = job;
    const { gitDirectory } = pointer;
    relocations.push(...(await makeOwnRepository({ gitDirectory, copyRoot, place: path, session, visitor: survey })));
    return;
  }
  await noteDirectory({ path: place, source: pointer.gitDirectory }, job.survey);
  if (leadsTo(pointer.link, path, place)) return;
  const link = linkBetween(directoryOf(path), place);
  if (pointer.kind === "symlink") await rewriteSymlink(here, link);
  else await rewriteFile(here, `gitdir: ${link}\n` as BytePath);
}

/** A git directory inside the tree under a name of its own is not known for one before something leads to it. */
async function noteDirectory(directory: FoundPath, survey: GitSurvey): Promise<void> {
  const { directories } = survey.findings;
  if (directories.some(({ path }) => path === directory.path)) return;
  if ((await commonDirectoryOf(directory.source)) === directory.source) directories.push(directory);
}

/** What git writes to in a git directory: a link out of the copy there, as git-new-workdir makes them, would share it with the source. */
const writtenByGit = [
  "branches",
  "config",
  "config.worktree",
  "HEAD",
  "index",
  "info",
  "lfs",
  "logs",
  "modules",
  "objects",
  "packed-refs",
  "refs",
  "remotes",
  "rr-cache",
  "shallow",
  "svn",
];

async function detachSymlink(found: FoundPath, job: Detaching, relocations: Relocation[]): Promise<void> {
  const { copyRoot, session, survey } = job;
  const here = childOf(copyRoot, found.path);
  const target = await resolveLinks(found.source);
  if (target === null) return;
  const link = (await readlink(toBuffer(here), "latin1")) as BytePath;
  const place = relocate(relocations, target);
  if (place !== null && (await exists(childOf(copyRoot, place)))) {
    if (!leadsTo(link, found.path, place)) await rewriteSymlink(here, linkBetween(directoryOf(found.path), place));
  } else if (isWrittenByGit(found, survey)) {
    await changeInside(here, async () => {
      await removeTree(here);
      await copyTree({ source: target, copyRoot, at: found.path, session, visitor: survey });
    });
    relocations.push({ from: target, to: found.path });
  } else if (!isAbsolutePath(link)) {
    await rewriteSymlink(here, target);
  }
}

function isWrittenByGit(found: FoundPath, survey: GitSurvey): boolean {
  return survey.findings.directories.some((directory) => {
    const inside = pathInside(directory.path, found.path);
    return inside !== null && writtenByGit.includes(inside.split("/")[0] ?? "");
  });
}
