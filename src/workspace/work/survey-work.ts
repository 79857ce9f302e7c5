import { resolve } from "node:path";
import { type BytePath, childOf, emptyPath, pathInside, toBytePath, toText } from "../byte-path.ts";
import { readGitPointer } from "../git-directory.ts";
import { isDirectory, resolveLinks } from "../presence.ts";
import { compareTrees, type SourceStamp, type TreeDifference } from "./compare-trees.ts";
import { findUnsavedCommits, type UnsavedCommits } from "./find-commits.ts";
import { type FoundRepository, findRepositories } from "./find-repositories.ts";
import { readTreeStatus } from "./find-uncommitted.ts";
import type { UnsavedPart } from "./saved-work.ts";
import { splitIgnored } from "./split-ignored.ts";

/** Something of which there may be many: how many, and the first of them. */
export interface Examples {
  count: number;
  examples: string[];
}

/** Work of one repository, or of the files that are in none, that would be lost with the workspace. */
export interface UnsavedWork {
  /** Where, relative to the workspace; "" for its top. */
  path: string;
  /** Files that are in no repository count as uncommitted too. */
  uncommitted: Examples;
  commits: UnsavedCommits;
}

/** What a workspace has that is nowhere else. */
export interface WorkSurvey {
  unsaved: UnsavedWork[];
  /** What saving it leaves out. */
  left: UnsavedPart[];
  /** What saving it takes, about. */
  sizeBytes: number;
}

/** The same, with what saving it needs to know. */
export interface WorkSurveyDetails extends WorkSurvey {
  root: BytePath;
  /** Root of the source, absolute; null: there is none any more. */
  source: BytePath | null;
  difference: TreeDifference;
  repositories: FoundRepository[];
}

export interface SurveyOptions {
  /** The workspace, absolute. */
  workspace: string;
  /** The directory it was copied from, which may be gone; absolute. */
  source: string;
  signal?: AbortSignal | undefined;
}

const maxExamples = 3;

/**
 * Looks for work in a workspace that is neither in the source nor, as far as commits go, on a remote-tracking branch. Writes to neither, and starts no program that one of
 * them names.
 * @returns null when there is no workspace
 * @throws CILO_GIT_FAILED, and what the file system throws
 */
export async function surveyWork(options: SurveyOptions): Promise<WorkSurveyDetails | null> {
  const { signal } = options;
  const root = await resolveLinks(toBytePath(resolve(options.workspace)));
  if (root === null || !(await isDirectory(root))) return null;
  const found = await resolveLinks(toBytePath(resolve(options.source)));
  const source = found !== null && (await isDirectory(found)) ? found : null;
  const pointer = await readGitPointer(childOf(root, ".git"));
  const separateGitDirectory = pointer === null ? null : pathInside(root, pointer.gitDirectory);
  const difference = await compareTrees({ root, source, separateGitDirectory, signal });
  const repositories = await findRepositories(root, difference.dotGits, source);
  leaveOutRepositories(difference, repositories);
  const survey = { root, source, difference, repositories };
  const { unsaved, ignoredPaths, loose } = await askRepositories(survey, signal);
  const plain = findPlainFiles(survey);
  if (plain.count > 0) unsaved.unshift({ path: "", uncommitted: plain, commits: { count: 0, examples: [] } });
  const tops = repositories.flatMap(({ trees }) => trees.map(({ top }) => pathInside(root, top) ?? emptyPath));
  countAsChanged(difference, loose);
  // A repository in an ignored directory has work of its own.
  const isBulk = (path: BytePath) => !tops.some((top) => pathInside(path, top) !== null);
  const { ignored, sizeBytes } = splitIgnored(difference, ignoredPaths.filter(isBulk));
  const unreadable = difference.unreadable.map(
    (path): UnsavedPart => ({ why: "unreadable", path, files: 1, sizeBytes: 0 }),
  );
  return { ...survey, unsaved, left: [...ignored, ...unreadable], sizeBytes };
}

type Surveyed = Pick<WorkSurveyDetails, "root" | "source" | "difference" | "repositories">;

async function askRepositories(
  { root, source, difference, repositories }: Surveyed,
  signal: AbortSignal | undefined,
): Promise<{ unsaved: UnsavedWork[]; ignoredPaths: BytePath[]; loose: Set<BytePath> }> {
  const unsaved: UnsavedWork[] = [];
  const loose = new Set<BytePath>();
  const ignoredPaths: BytePath[] = [];
  for (const repository of repositories) {
    const uncommitted: BytePath[] = [];
    for (const tree of repository.trees) {
      const status = await readTreeStatus({ root, tree, difference, source, signal });
      uncommitted.push(...status.uncommitted);
      ignoredPaths.push(...status.ignored);
      for (const path of status.loose) loose.add(path);
    }
    const commits = await findUnsavedCommits(repository, signal);
    if (uncommitted.length === 0 && commits.count === 0) continue;
    const top = repository.trees[0]?.top ?? repository.common;
    const path = toText(pathInside(root, top) ?? top);
    unsaved.push({ path, uncommitted: toExamples(uncommitted), commits });
  }
  return { unsaved, ignoredPaths, loose };
}

/** A git directory that is not called `.git`, such as a bare repository's with worktrees, is saved as one, not file by file. */
function leaveOutRepositories(difference: TreeDifference, repositories: readonly FoundRepository[]): void {
  const isFile = (path: BytePath) => !repositories.some(({ place }) => pathInside(place, path) !== null);
  difference.changed = new Map([...difference.changed].filter(([path]) => isFile(path)));
  difference.same = difference.same.filter(({ path }) => isFile(path));
}

/** What no commit has is saved even while the source has the same: it may not for long. */
function countAsChanged(difference: TreeDifference, loose: ReadonlySet<BytePath>): void {
  const isLoose = ({ path, kind }: SourceStamp) => kind !== "directory" && loose.has(path);
  for (const { path, kind, sizeBytes } of difference.same.filter(isLoose)) {
    difference.changed.set(path, { kind, sizeBytes: kind === "file" ? sizeBytes : 0 });
  }
  difference.same = difference.same.filter((stamp) => !isLoose(stamp));
}

/** Files that are in no repository and differ from the source. */
function findPlainFiles({ root, difference, repositories }: Surveyed): Examples {
  const tops = repositories.flatMap(({ trees }) => trees.map(({ top }) => pathInside(root, top) ?? emptyPath));
  if (tops.includes(emptyPath)) return { count: 0, examples: [] };
  const isInRepository = (path: BytePath) => tops.some((top) => pathInside(top, path) !== null);
  const files = [...difference.changed].filter(([path, { kind }]) => kind !== "directory" && !isInRepository(path));
  return toExamples(files.map(([path]) => path));
}

function toExamples(paths: readonly BytePath[]): Examples {
  return { count: paths.length, examples: paths.toSorted().slice(0, maxExamples).map(toText) };
}
