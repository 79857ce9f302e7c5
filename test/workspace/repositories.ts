import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeRepository, git, type Sandbox } from "./sandbox.ts";
import { listTree } from "./tree-listing.ts";

/** A repository with history, a tag, a remote, a stash and ignored and executable files, in `repo` of the sandbox. */
export async function createRepository(sandbox: Sandbox, path = "repo"): Promise<string> {
  const repo = join(sandbox.root, path);
  await sandbox.write({
    [`${path}/.gitignore`]: "ignored\n",
    [`${path}/.github/ci.yml`]: "on: push\n",
    [`${path}/a`]: "a\n",
    [`${path}/b`]: "b\n",
    [`${path}/c`]: "c\n",
    [`${path}/ignored`]: "secret\n",
    [`${path}/app/compose.yml`]: "services: {}\n",
  });
  await git(repo, "init", "--quiet");
  await git(repo, "add", ".");
  await git(repo, "commit", "--quiet", "-m", "first");
  await git(repo, "tag", "v1");
  await git(repo, "remote", "add", "origin", "https://example.org/shop.git");
  await writeFile(join(repo, "a"), "stashed\n");
  await git(repo, "stash", "--quiet");
  return repo;
}

/** Staged, unstaged, untracked and deleted changes. */
export async function makeDirty(tree: string): Promise<void> {
  await writeFile(join(tree, "a"), "staged\n");
  await git(tree, "add", "a");
  await writeFile(join(tree, "a"), "staged, then changed\n");
  await writeFile(join(tree, "new"), "staged and new\n");
  await git(tree, "add", "new");
  await writeFile(join(tree, "untracked"), "untracked\n");
  await rm(join(tree, "b"));
  await git(tree, "rm", "--quiet", "--cached", "c");
}

/** Everything that could reach another repository: new commit, branches, stash, configuration, hook, worktrees, garbage collection. */
export async function workHard(tree: string): Promise<void> {
  await git(tree, "add", "--all");
  await git(tree, "commit", "--quiet", "--allow-empty", "-m", "in the copy");
  await git(tree, "checkout", "--quiet", "-b", "only-in-the-copy");
  await git(tree, "config", "user.name", "Copy");
  await git(tree, "remote", "set-url", "origin", "https://example.org/other.git");
  await git(tree, "tag", "--delete", "v1");
  await writeFile(join(tree, "a"), "more\n");
  await git(tree, "stash", "--quiet");
  await git(tree, "stash", "clear");
  await git(tree, "reset", "--quiet", "--hard", "HEAD");
  await git(tree, "worktree", "prune", "--expire=now");
  await git(tree, "reflog", "expire", "--expire=now", "--all");
  await git(tree, "gc", "--quiet", "--prune=now");
  const others = (await git(tree, "for-each-ref", "--format=%(refname:short)", "refs/heads")).split("\n");
  for (const branch of others) if (branch !== "only-in-the-copy") await git(tree, "branch", "--quiet", "-D", branch);
  await git(tree, "fsck", "--no-dangling");
}

/** Copies a source and checks that git says the same of both, that work in the copy does not touch anything, and that copying did not. */
export async function assertIndependent(sandbox: Sandbox, source: string, watched: readonly string[]): Promise<string> {
  const described = await describeRepository(source);
  const before = await Promise.all(watched.map((path) => listTree(path)));

  const { workspace } = await sandbox.copy(source, "blue");

  assert.deepEqual(await describeRepository(workspace), described);
  await git(workspace, "fsck", "--no-dangling");
  assert.equal((await git(workspace, "rev-parse", "--absolute-git-dir")).startsWith(workspace), true);
  await workHard(workspace);
  assert.deepEqual(await Promise.all(watched.map((path) => listTree(path))), before);
  assert.deepEqual(await describeRepository(source), described);
  return workspace;
}

/** A repository `shop` with the submodule libs/library, which has the submodule deps/inner. */
export async function createSuperproject(sandbox: Sandbox): Promise<string> {
  const inner = await createRepository(sandbox, "inner");
  const library = await createRepository(sandbox, "library");
  await git(library, "submodule", "--quiet", "add", inner, "deps/inner");
  await git(library, "commit", "--quiet", "-m", "add inner");
  const shop = await createRepository(sandbox, "shop");
  await git(shop, "submodule", "--quiet", "add", library, "libs/library");
  await git(shop, "submodule", "--quiet", "update", "--init", "--recursive");
  await git(shop, "commit", "--quiet", "-m", "add library");
  return shop;
}
