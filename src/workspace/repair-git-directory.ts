import { readdir } from "node:fs/promises";
import {
  type BytePath,
  childOf,
  directoryOf,
  fromBytes,
  isAbsolutePath,
  nameOf,
  resolveFrom,
  toBuffer,
  toBytePath,
  toText,
} from "./byte-path.ts";
import { worktreeOf } from "./git-directory.ts";
import { readGitConfig, writeGitConfig } from "./git-program.ts";
import type { FoundPath } from "./git-survey.ts";
import { exists, ifPresent, readIfPresent, resolveLinks } from "./presence.ts";
import { leadsTo, linkBetween, type Relocation, relocate } from "./relocation.ts";
import { removeTree } from "./remove-tree.ts";
import { changeInside, rewriteFile } from "./rewrite-file.ts";

/** A copy in the making and what went where in it. */
export interface CopyPlaces {
  /** Where it is now, absolute. */
  copyRoot: BytePath;
  /** Where it will be, absolute. */
  destination: BytePath;
  relocations: readonly Relocation[];
}

/**
 * Makes the paths in a git directory of the copy lead to the copy: of linked worktrees inside the tree, of the working tree, of object stores it borrows from.
 * @throws CILO_GIT_FAILED, and what the file system throws
 */
export async function repairGitDirectory(
  directory: FoundPath,
  places: CopyPlaces,
  signal: AbortSignal | undefined,
): Promise<void> {
  await repairWorktrees(directory, places);
  await repairAlternates(directory, places);
  for (const file of ["config", "config.worktree"]) await repairWorkingTree(directory, { file, places, signal });
}

async function repairWorktrees(directory: FoundPath, places: CopyPlaces): Promise<void> {
  const worktrees = childOf(childOf(places.copyRoot, directory.path), "worktrees");
  const names = ((await ifPresent(readdir(toBuffer(worktrees), "latin1"))) ?? []) as BytePath[];
  for (const name of names) await repairWorktree(directory, childOf("worktrees" as BytePath, name), places);
}

async function repairWorktree(directory: FoundPath, name: BytePath, places: CopyPlaces): Promise<void> {
  const administrative = childOf(directory.path, name);
  const here = childOf(places.copyRoot, administrative);
  const worktree = await worktreeOf(childOf(directory.source, name));
  const place = worktree === null ? null : relocate(places.relocations, worktree);
  if (place === null || !(await exists(childOf(places.copyRoot, place)))) {
    await changeInside(here, removeTree);
    return;
  }
  // Git before 2.48 takes this path for absolute; where it is relative, a newer one wrote it.
  const file = childOf(here, "gitdir");
  const link = (await readLine(file)) ?? place;
  if (isAbsolutePath(link)) await rewriteFile(file, `${childOf(places.destination, place)}\n` as BytePath);
  else if (!leadsTo(link, childOf(administrative, "gitdir"), place)) {
    await rewriteFile(file, `${linkBetween(administrative, place)}\n` as BytePath);
  }
  const common = await readLine(childOf(here, "commondir"));
  if (common !== null && isAbsolutePath(common)) await rewriteFile(childOf(here, "commondir"), "../..\n" as BytePath);
}

async function readLine(path: BytePath): Promise<BytePath | null> {
  const data = await readIfPresent(path);
  return data === null ? null : (fromBytes(data).trimEnd() as BytePath);
}

async function repairAlternates(directory: FoundPath, places: CopyPlaces): Promise<void> {
  const objects = childOf(directory.path, "objects");
  const file = childOf(childOf(places.copyRoot, objects), "info/alternates");
  const before = await readIfPresent(file);
  if (before === null) return;
  const source = childOf(directory.source, "objects");
  const base = (await resolveLinks(source)) ?? source;
  const lines = (fromBytes(before).split("\n") as BytePath[]).map((line) =>
    relocateAlternate(line, { base, objects, places }),
  );
  const after = lines.join("\n") as BytePath;
  if (after !== fromBytes(before)) await rewriteFile(file, after);
}

/**
 * A line of `objects/info/alternates`: an object store, absolute or seen from `objects`. One outside of the copy is only read from by git, so the copy goes
 * on borrowing from it as the source does.
 */
function relocateAlternate(line: BytePath, at: { base: BytePath; objects: BytePath; places: CopyPlaces }): BytePath {
  // A quoted line is a C string, written only for names with line ends or quotes in them.
  if (line === "" || line.startsWith("#") || line.startsWith('"')) return line;
  const store = resolveFrom(at.base, line);
  const place = relocate(at.places.relocations, store);
  if (place === null) return store === line ? line : store;
  if (isAbsolutePath(line)) return childOf(at.places.destination, place);
  // The line is seen from the directory, as a link in it would be.
  return leadsTo(line, childOf(at.objects, "x"), place) ? line : linkBetween(at.objects, place);
}

/** A working tree elsewhere than in the copy would let git in the copy write there. */
async function repairWorkingTree(
  directory: FoundPath,
  options: { file: string; places: CopyPlaces; signal: AbortSignal | undefined },
): Promise<void> {
  const { places, signal } = options;
  const config = childOf(childOf(places.copyRoot, directory.path), options.file);
  const content = await readIfPresent(config);
  // Spares the run of git for nearly all repositories: no variable of this name without this word.
  if (content === null || !/worktree/i.test(fromBytes(content))) return;
  const value = await readGitConfig(config, "core.worktree", signal);
  if (value === null) return;
  const written = resolveFrom(directory.source, toBytePath(value));
  const place = relocate(places.relocations, (await resolveLinks(written)) ?? written);
  if (place !== null && leadsTo(toBytePath(value), childOf(directory.path, "x"), place)) return;
  const isDefault = place === null || (nameOf(directory.path) === ".git" && directoryOf(directory.path) === place);
  await changeInside(config, () =>
    writeGitConfig(
      config,
      { name: "core.worktree", value: isDefault ? null : toText(linkBetween(directory.path, place)) },
      signal,
    ),
  );
}
