import { lstat } from "node:fs/promises";
import { type BytePath, childOf, pathInside, toBuffer } from "../byte-path.ts";
import { ifPresent } from "../presence.ts";
import type { TreeDifference } from "./compare-trees.ts";
import type { FoundTree } from "./find-repositories.ts";
import { readHead } from "./git-tips.ts";
import { linesOf, plainGit, unquotePath } from "./plain-git.ts";
import { openScratch } from "./scratch-repository.ts";

/** What git says of a working tree. Paths are relative to the workspace's root. */
export interface TreeStatus {
  /** Staged, changed or new files, git's ignored ones left out, that are not in the source like that. */
  uncommitted: BytePath[];
  /** All changed and new files, and ignored ones, also those that the source has like that today. */
  loose: BytePath[];
  /** What git ignores: files, and directories of which it ignores all. */
  ignored: BytePath[];
}

export interface StatusOptions {
  root: BytePath;
  tree: FoundTree;
  difference: TreeDifference;
  /** Root of the source, absolute; null: there is none. */
  source: BytePath | null;
  signal?: AbortSignal | undefined;
}

interface StatusLine {
  staged: string;
  unstaged: string;
  /** Relative to the workspace's root. */
  path: BytePath;
}

/** Nested repositories are looked at on their own, and nothing is run in them. */
const statusArguments = [
  "status",
  "--porcelain=v1",
  "--no-renames",
  "--untracked-files=all",
  "--ignored=matching",
  "--ignore-submodules=all",
];

/**
 * Asks git for the state of a working tree. Work that was copied from a source whose own working tree has it is not lost with the copy, so it does not count.
 * @throws CILO_GIT_FAILED
 */
export async function readTreeStatus(options: StatusOptions): Promise<TreeStatus> {
  const { tree, root, signal } = options;
  const [head = null] = await readHead(tree.gitDirectory, signal);
  await using scratch = await openScratch(tree, { head, stores: [], signal });
  const place = { gitDirectory: scratch.gitDirectory, workTree: tree.top };
  const top = pathInside(root, tree.top) ?? ("" as BytePath);
  const lines = linesOf(await plainGit(place, statusArguments, { signal })).map((line): StatusLine => {
    const path = unquotePath(line.slice(3)).replace(/\/$/, "") as BytePath;
    return { staged: line[0] ?? " ", unstaged: line[1] ?? " ", path: childOf(top, path) };
  });
  const ignored = lines.filter(({ staged }) => staged === "!").map(({ path }) => path);
  const changes = lines.filter(({ staged }) => staged !== "!");
  const uncommitted: BytePath[] = [];
  const indexes = await readIndexes(options, changes);
  for (const change of changes) {
    if (await isMissingInSource(options, change, indexes)) uncommitted.push(change.path);
  }
  return { uncommitted, loose: lines.map(({ path }) => path), ignored };
}

async function isMissingInSource(
  { difference, root, source }: StatusOptions,
  { path, staged, unstaged }: StatusLine,
  indexes: { own: Map<BytePath, string>; source: Map<BytePath, string> },
): Promise<boolean> {
  const changed = difference.changed.get(path);
  if (changed !== undefined && changed.kind !== "directory") return true;
  // What was staged and then changed again is in the index alone.
  if (isIndexAlone({ staged, unstaged }) && indexes.own.get(path) !== indexes.source.get(path)) return true;
  if (staged !== "D" && unstaged !== "D") return false;
  const isGone = (await ifPresent(lstat(toBuffer(childOf(root, path))))) === null;
  return isGone && (source === null || (await ifPresent(lstat(toBuffer(childOf(source, path))))) !== null);
}

function isIndexAlone({ staged, unstaged }: Pick<StatusLine, "staged" | "unstaged">): boolean {
  return staged !== " " && staged !== "?" && unstaged !== " ";
}

/** By path from the workspace's root: mode, id and stage of each entry; read only where a change is in the index alone. */
async function readIndexes(options: StatusOptions, changes: readonly StatusLine[]) {
  const { tree, root, signal } = options;
  const { sourceGitDirectory } = tree;
  if (!changes.some(isIndexAlone)) return { own: new Map<BytePath, string>(), source: new Map<BytePath, string>() };
  const top = pathInside(root, tree.top) ?? ("" as BytePath);
  const own = await readIndex(tree.gitDirectory, top, signal);
  const source = sourceGitDirectory === null ? new Map() : await readIndex(sourceGitDirectory, top, signal);
  return { own, source };
}

async function readIndex(
  gitDirectory: BytePath,
  top: BytePath,
  signal: AbortSignal | undefined,
): Promise<Map<BytePath, string>> {
  const entries = new Map<BytePath, string>();
  for (const { entry, path } of await listIndex(gitDirectory, signal)) {
    const at = childOf(top, path);
    entries.set(at, `${entries.get(at) ?? ""}${entry}\n`);
  }
  return entries;
}

/** The entries of an index: "100644 ID STAGE", and paths relative to the working tree. */
export async function listIndex(
  gitDirectory: BytePath,
  signal?: AbortSignal,
): Promise<{ entry: string; path: BytePath }[]> {
  const listed = await plainGit({ gitDirectory, workTree: null }, ["ls-files", "--stage"], { signal });
  return linesOf(listed).map((line) => {
    const [entry = "", ...path] = line.split("\t");
    return { entry, path: unquotePath(path.join("\t")) };
  });
}
