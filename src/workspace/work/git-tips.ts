import type { BytePath } from "../byte-path.ts";
import { linesOf, plainGit } from "./plain-git.ts";

/** Where the histories of a repository end: ids of objects. */
export interface GitTips {
  /** By full name, "refs/heads/main". */
  refs: Map<string, string>;
  /** HEADs that are there, of its working trees. */
  heads: string[];
  /** All stashes, the latest first. */
  stashes: string[];
  /** What its references were before, as far as it remembers. */
  past: string[];
}

/** Git takes a command line without anything to start from for a mistake, and a new repository's reflogs are nothing. */
const noRefs = "--glob=refs/none-is-called-so";

/**
 * Lists them.
 * @param gitDirectories of working trees whose HEAD counts
 */
export async function listTips(
  common: BytePath,
  gitDirectories: readonly BytePath[],
  signal?: AbortSignal,
): Promise<GitTips> {
  const run = (gitDirectory: BytePath, ...args: string[]) =>
    plainGit({ gitDirectory, workTree: null }, args, { signal, answers: [1] });
  const listed = await run(common, "for-each-ref", "--format=%(objectname) %(refname)");
  const refs = new Map(
    linesOf(listed).map((line): [string, string] => [line.slice(line.indexOf(" ") + 1), line.split(" ")[0] ?? ""]),
  );
  const heads: string[] = [];
  for (const gitDirectory of gitDirectories) heads.push(...(await readHead(gitDirectory, signal)));
  const stashes = refs.has("refs/stash") ? linesOf(await run(common, "rev-list", "--walk-reflogs", "refs/stash")) : [];
  const past = linesOf(await run(common, "rev-list", "--no-walk", "--ignore-missing", noRefs, "--reflog"));
  return { refs, heads, stashes, past };
}

/** The commit of a working tree's HEAD; none before its first one. */
export async function readHead(gitDirectory: BytePath, signal?: AbortSignal): Promise<string[]> {
  const args = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
  return linesOf(await plainGit({ gitDirectory, workTree: null }, args, { signal, answers: [1] }));
}

/** What every copy of a repository holds on to: references and HEADs. */
export function lastingTips({ refs, heads }: GitTips): string[] {
  return [...new Set([...refs.values(), ...heads])];
}

/** Everything that a repository holds on to, but what the reflogs of its branches alone remember. */
export function allTips({ refs, heads, stashes }: GitTips): string[] {
  return [...new Set([...refs.values(), ...heads, ...stashes])];
}

/** What was not got from elsewhere by a fetch: branches, tags, stashes, HEADs. */
export function ownTips({ refs, heads, stashes }: GitTips): string[] {
  const own = [...refs].filter(([name]) => !name.startsWith("refs/remotes/")).map(([, id]) => id);
  return [...new Set([...own, ...heads, ...stashes])];
}

/** Tips of remote-tracking branches: what is there was pushed, or came from elsewhere. */
export function remoteTips({ refs }: GitTips): string[] {
  return [...refs].filter(([name]) => name.startsWith("refs/remotes/")).map(([, id]) => id);
}

/** Those objects that a repository has not. */
export async function listMissing(
  gitDirectory: BytePath,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const input = ids.map((id) => `${id}\n`).join("");
  const checked = await plainGit({ gitDirectory, workTree: null }, ["cat-file", "--batch-check"], { input, signal });
  return new Set(linesOf(checked).flatMap((line) => /^([0-9a-f]+) missing$/.exec(line)?.[1] ?? []));
}
