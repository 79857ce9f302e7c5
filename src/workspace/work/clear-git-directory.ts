import { mkdir, readdir, writeFile } from "node:fs/promises";
import { type BytePath, childOf, toBuffer } from "../byte-path.ts";
import { hasGitDirectoryNames } from "../git-directory.ts";
import { exists, ifPresent, isDirectory } from "../presence.ts";
import { removeTree } from "../remove-tree.ts";
import { listModules } from "./find-repositories.ts";

/** What is named after its own content: more of it does no harm. */
const kept: readonly string[] = ["objects", "lfs"];

/** Makes sure that git takes a directory for a repository, be it an empty one; absolute. */
export async function makeGitDirectory(gitDirectory: BytePath): Promise<void> {
  if (!(await isDirectory(gitDirectory))) await removeTree(gitDirectory);
  for (const name of ["objects", "refs"]) {
    await mkdir(toBuffer(childOf(gitDirectory, name)), { recursive: true, mode: 0o700 });
  }
  const head = childOf(gitDirectory, "HEAD");
  if (!(await exists(head))) await writeFile(toBuffer(head), "ref: refs/heads/none\n");
}

/**
 * Empties a git directory but for its objects, and the git directories of submodules in it likewise, so that saved files can take the place of what was there.
 * @param saved the files that will; submodules that are not among them go
 */
export async function clearGitDirectory(gitDirectory: BytePath, saved: BytePath): Promise<void> {
  const modules = await listModules(gitDirectory);
  await clearOwn(gitDirectory);
  for (const module of modules) {
    if (await isDirectory(childOf(saved, module))) await clearOwn(childOf(gitDirectory, module));
    else await removeTree(childOf(gitDirectory, module));
  }
  await clearLargeFiles(childOf(gitDirectory, "lfs"), childOf(saved, "lfs"));
}

async function clearOwn(gitDirectory: BytePath): Promise<void> {
  const names = ((await ifPresent(readdir(toBuffer(gitDirectory), "latin1"))) ?? []) as BytePath[];
  if (!hasGitDirectoryNames(names)) return;
  for (const name of names) {
    if (!kept.includes(name) && name !== "modules") await removeTree(childOf(gitDirectory, name));
  }
}

/** A file that is about to be put there must not be there. */
async function clearLargeFiles(here: BytePath, saved: BytePath): Promise<void> {
  const names = ((await ifPresent(readdir(toBuffer(saved), "latin1"))) ?? []) as BytePath[];
  for (const name of names) {
    const [at, from] = [childOf(here, name), childOf(saved, name)];
    if (await isDirectory(from)) await clearLargeFiles(at, from);
    else await removeTree(at);
  }
}
