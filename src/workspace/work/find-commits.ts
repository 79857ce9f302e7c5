import type { FoundRepository } from "./find-repositories.ts";
import { allTips, type GitTips, listTips, ownTips, remoteTips } from "./git-tips.ts";
import { linesOf, plainGit } from "./plain-git.ts";
import { openScratch, type ScratchRepository } from "./scratch-repository.ts";

/** Commits that would be lost, on branches, tags and detached HEADs and in stashes. */
export interface UnsavedCommits {
  count: number;
  /** The first of them, "1a2b3c4 add the login page". */
  examples: string[];
}

/** What a repository of a workspace and the same one of the source hold on to. */
export interface TipsOfBoth {
  own: GitTips;
  /** Null: there is no such repository in the source. */
  source: GitTips | null;
}

/** So many are named. */
const maxExamples = 3;

/** Reads the tips of both. @throws CILO_GIT_FAILED */
export async function readTips(repository: FoundRepository, signal?: AbortSignal): Promise<TipsOfBoth> {
  const directories = repository.trees.map(({ gitDirectory }) => gitDirectory);
  const own = await listTips(repository.common, directories.length > 0 ? directories : [repository.common], signal);
  const { source } = repository;
  return { own, source: source === null ? null : await listTips(source.common, source.gitDirectories, signal) };
}

/** A scratch repository that sees the objects of a repository and of its source. */
export async function openBoth(repository: FoundRepository, signal?: AbortSignal): Promise<ScratchRepository> {
  const { common, source } = repository;
  const stores = source === null ? [] : [source.common];
  return await openScratch({ gitDirectory: common, common }, { head: null, stores, signal });
}

/**
 * Finds the commits that are neither in the source nor on a remote-tracking branch.
 * @throws CILO_GIT_FAILED
 */
export async function findUnsavedCommits(repository: FoundRepository, signal?: AbortSignal): Promise<UnsavedCommits> {
  const { own, source } = await readTips(repository, signal);
  await using scratch = await openBoth(repository, signal);
  const input = toRevisions(ownTips(own), [...remoteTips(own), ...(source === null ? [] : allTips(source))]);
  const list = (...args: string[]) =>
    plainGit({ gitDirectory: scratch.gitDirectory, workTree: null }, ["rev-list", ...args, "--stdin"], {
      input,
      signal,
    });
  const count = Number((await list("--ignore-missing", "--count")).trim());
  if (count === 0) return { count, examples: [] };
  const shown = linesOf(await list("--ignore-missing", `--max-count=${maxExamples}`, "--format=%h %s"));
  return { count, examples: shown.filter((line) => !/^commit [0-9a-f]+$/.test(line)) };
}

/** Revisions as git reads them from its input. */
export function toRevisions(wanted: readonly string[], unwanted: readonly string[]): string {
  return [...wanted, ...unwanted.map((id) => `^${id}`)].map((line) => `${line}\n`).join("");
}
