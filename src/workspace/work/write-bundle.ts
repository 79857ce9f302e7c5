import { writeFile } from "node:fs/promises";
import { type BytePath, childOf, toBuffer } from "../byte-path.ts";
import { toGitPath } from "../git-program.ts";
import { exists } from "../presence.ts";
import { openBoth, readTips, toRevisions } from "./find-commits.ts";
import type { FoundRepository } from "./find-repositories.ts";
import { listIndex } from "./find-uncommitted.ts";
import { allTips, lastingTips } from "./git-tips.ts";
import { linesOf, type PlainGitOptions, plainGit } from "./plain-git.ts";

/** References in a bundle that lead to what no branch or tag does. */
const extraRefs = "refs/cilo/";

const author = "cilo <cilo@localhost> 0 +0000";

/**
 * Writes a bundle of the objects that a repository has and its source has not: of branches, tags, HEADs, stashes and reflogs, and what is only staged. Made in a scratch
 * repository, so that neither of the two is written to.
 * @param file absolute
 * @returns false when the source has everything; there is no file then
 * @throws CILO_GIT_FAILED, and what the file system throws
 */
export async function writeBundle(repository: FoundRepository, file: BytePath, signal?: AbortSignal): Promise<boolean> {
  const { own, source } = await readTips(repository, signal);
  await using scratch = await openBoth(repository, signal);
  const { gitDirectory } = scratch;
  const git = (args: readonly string[], options: PlainGitOptions = {}) =>
    plainGit({ gitDirectory, workTree: null }, args, { ...options, signal });
  const staged = await listStagedBlobs(repository, signal);
  const index = staged.length === 0 ? [] : [await commitBlobs(staged, git)];
  const wanted = [...allTips(own), ...own.past, ...index];
  // A stash of the source is the only way to what is in it, and it may be dropped there.
  const known = source === null ? [] : lastingTips(source);
  const input = toRevisions(wanted, known);
  const missing = new Set(
    linesOf(await git(["rev-list", "--ignore-missing", "--objects", "--no-object-names", "--stdin"], { input })),
  );
  if (missing.size === 0) return false;
  const extra = [...own.heads, ...own.stashes, ...own.past, ...index].filter((id) => missing.has(id));
  const named = [...own.refs, ...[...new Set(extra)].map((id, at): [string, string] => [`${extraRefs}${at}`, id])];
  const lines = named.filter(([, id]) => missing.has(id)).map(([name, id]) => `${id} ${name}\n`);
  await writeFile(toBuffer(childOf(gitDirectory, "packed-refs")), lines.join(""), "latin1");
  await git(["bundle", "create", "--quiet", toGitPath(file), "--all", "--stdin"], { input: toRevisions([], known) });
  return true;
}

/** Blobs that are in an index and not in the commit it is for. */
async function listStagedBlobs({ trees }: FoundRepository, signal: AbortSignal | undefined): Promise<string[]> {
  const staged = new Set<string>();
  for (const { gitDirectory } of trees) {
    if (!(await exists(childOf(gitDirectory, "index")))) continue;
    const committed = await listCommittedBlobs(gitDirectory, signal);
    for (const { entry } of await listIndex(gitDirectory, signal)) {
      const [mode, id = ""] = entry.split(" ");
      // A submodule's commit is not among the objects of this repository.
      if (mode !== "160000" && !committed.has(id) && !/^0+$/.test(id)) staged.add(id);
    }
  }
  return [...staged];
}

async function listCommittedBlobs(gitDirectory: BytePath, signal: AbortSignal | undefined): Promise<Set<string>> {
  const place = { gitDirectory, workTree: null };
  const head = await plainGit(place, ["rev-parse", "--verify", "--quiet", "HEAD^{tree}"], { signal, answers: [1] });
  if (head.trim() === "") return new Set();
  const listed = linesOf(await plainGit(place, ["ls-tree", "-r", head.trim()], { signal }));
  return new Set(listed.map((line) => line.split(/[ \t]/)[2] ?? ""));
}

/** A commit in the scratch repository that leads to blobs, as a bundle holds what its references lead to. */
async function commitBlobs(
  ids: readonly string[],
  git: (args: readonly string[], options?: PlainGitOptions) => Promise<string>,
): Promise<string> {
  const entries = ids.map((id) => `100644 blob ${id}\t${id}\n`).join("");
  const tree = (await git(["mktree"], { input: entries })).trim();
  const commit = `tree ${tree}\nauthor ${author}\ncommitter ${author}\n\nstaged\n`;
  return (await git(["hash-object", "-t", "commit", "-w", "--stdin"], { input: commit })).trim();
}
