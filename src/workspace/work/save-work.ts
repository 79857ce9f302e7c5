import { mkdir, writeFile } from "node:fs/promises";
import { systemClock } from "../../base/clock.ts";
import { faultPoint } from "../../base/fault-point.ts";
import {
  type BytePath,
  childOf,
  directoryOf,
  emptyPath,
  pathInside,
  toBuffer,
  toBytePath,
  toText,
} from "../byte-path.ts";
import { createCopySession } from "../copy-session.ts";
import { copyTree, type TreeVisitor } from "../copy-tree.ts";
import { hasGitDirectoryNames } from "../git-directory.ts";
import { exists } from "../presence.ts";
import { readTips } from "./find-commits.ts";
import type { FoundRepository } from "./find-repositories.ts";
import { allTips, listMissing } from "./git-tips.ts";
import { type SavedRepository, type SavedWork, workNames } from "./saved-work.ts";
import { isLeft } from "./split-ignored.ts";
import type { WorkSurveyDetails } from "./survey-work.ts";
import { writeBundle } from "./write-bundle.ts";

/**
 * Saves what a workspace has and its source has not to a directory of its own, so that both together make the workspace again. Writes to neither.
 * @param options.to absolute; exists and is empty
 * @throws CILO_COPY_FAILED, CILO_DISK_FULL, CILO_GIT_FAILED, CILO_INTERRUPTED
 */
export async function saveWork(
  survey: WorkSurveyDetails,
  options: { to: string; signal?: AbortSignal | undefined },
): Promise<SavedWork> {
  const to = toBytePath(options.to);
  const saving: Saving = { survey, to, signal: options.signal };
  await saveFiles(saving);
  faultPoint("save-work.files-saved");
  const repositories: SavedRepository[] = [];
  // What is inside of another's git directory goes with it; its objects do not.
  for (const [index, repository] of survey.repositories.entries()) {
    repositories.push(await saveRepository(saving, repository, `git/${index}` as BytePath));
    faultPoint("save-work.repository-saved");
  }
  const sourceRoot = survey.source === null ? null : toText(survey.source);
  return { root: survey.root, sourceRoot, repositories, left: survey.left };
}

interface Saving {
  survey: WorkSurveyDetails;
  to: BytePath;
  signal: AbortSignal | undefined;
}

async function saveFiles({ survey, to, signal }: Saving): Promise<void> {
  const { root, difference, left } = survey;
  const wanted = new Set<BytePath>();
  for (const path of difference.changed.keys()) {
    if (isLeft(left, path)) continue;
    for (let at = path; at !== emptyPath && !wanted.has(at); at = directoryOf(at)) wanted.add(at);
  }
  const visitor: TreeVisitor = {
    select: async ({ path }, names) => names.filter((name) => wanted.has(childOf(path, name))),
    onSymlink() {},
  };
  await copyInto(root, { to: childOf(to, workNames.files), visitor, signal });
  const stamps = difference.same.filter(({ path }) => !isLeft(left, path));
  const lines = stamps.map((stamp) => `${JSON.stringify(stamp)}\n`);
  await writeFile(toBuffer(childOf(to, workNames.stamps)), lines.join(""), { mode: 0o600 });
}

async function saveRepository(
  { survey, to, signal }: Saving,
  repository: FoundRepository,
  directory: BytePath,
): Promise<SavedRepository> {
  const { place, common, source } = repository;
  const here = childOf(to, directory);
  await mkdir(toBuffer(here), { recursive: true, mode: 0o700 });
  const isInner = survey.repositories.some((other) => other !== repository && pathInside(other.place, place) !== null);
  if (!isInner) {
    const visitor = withoutObjects(source?.common ?? null);
    await copyInto(common, { to: childOf(here, workNames.gitFiles), visitor, signal });
  }
  const hasBundle = await writeBundle(repository, childOf(here, workNames.bundle), signal);
  const { own } = await readTips(repository, signal);
  const tips = allTips(own);
  const broken = await listMissing(common, tips, signal);
  return { place, directory: toText(directory), hasBundle, tips: tips.filter((id) => !broken.has(id)) };
}

/**
 * Everything of a git directory but its objects, and what it is locked with. Files of Git LFS are named after what is in them, so those that the source has
 * need not be kept.
 */
function withoutObjects(source: BytePath | null): TreeVisitor {
  return {
    async select({ path }, names) {
      const unlocked = names.filter((name) => !name.endsWith(".lock") && name !== "gc.pid");
      if (hasGitDirectoryNames(names)) return unlocked.filter((name) => name !== "objects");
      if (source === null || !/(^|\/)lfs\/objects(\/|$)/.test(path)) return unlocked;
      const isLeaf = /^[0-9a-f]{64}$/;
      const kept: BytePath[] = [];
      for (const name of unlocked) {
        const isThere = isLeaf.test(name) && (await exists(childOf(childOf(source, path), name)));
        if (!isThere) kept.push(name);
      }
      return kept;
    },
    onSymlink() {},
  };
}

/** Copies a directory, or what a visitor picks of it, to one that may be there already; both absolute. */
export async function copyInto(
  source: BytePath,
  { to, visitor, signal }: { to: BytePath; visitor: TreeVisitor; signal: AbortSignal | undefined },
): Promise<void> {
  const session = createCopySession({ signal, now: systemClock.monotonicMs });
  await copyTree({ source, copyRoot: to, at: emptyPath, session, visitor });
}
