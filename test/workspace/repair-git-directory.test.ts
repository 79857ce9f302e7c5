import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRepository, makeDirty } from "./repositories.ts";
import { createSandbox, describeRepository, git } from "./sandbox.ts";
import { listTree } from "./tree-listing.ts";

test("keeps linked worktrees that lie inside the tree, linked to the copy, and drops the others", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await git(repo, "worktree", "add", "--quiet", "-b", "inner", ".claude/worktrees/inner");
  await git(repo, "worktree", "add", "--quiet", "-b", "outer", join(sandbox.root, "outer"));
  await makeDirty(join(repo, ".claude/worktrees/inner"));
  const inner = await describeRepository(join(repo, ".claude/worktrees/inner"));
  const before = await listTree(sandbox.root);

  const { workspace } = await sandbox.copy(repo, "blue");

  const copied = join(workspace, ".claude/worktrees/inner");
  assert.deepEqual(await describeRepository(copied), inner);
  assert.deepEqual(await readdir(join(workspace, ".git/worktrees")), ["inner"]);
  assert.match(await readFile(join(copied, ".git"), "utf8"), /^gitdir: \.\.\/\.\.\/\.\.\/\.git\/worktrees\/inner\n$/);
  assert.equal((await git(workspace, "worktree", "list", "--porcelain")).match(/^worktree /gm)?.length, 2);
  await git(workspace, "worktree", "remove", "--force", ".claude/worktrees/inner");
  await git(workspace, "branch", "--quiet", "-D", "inner", "outer");
  await rm(sandbox.home, { recursive: true });
  assert.deepEqual(withoutTop(await listTree(sandbox.root)), withoutTop(before));
});

/** The sandbox itself, in which CILO_HOME comes and goes. */
function withoutTop(listing: Awaited<ReturnType<typeof listTree>>) {
  return { ...listing, ".": null };
}

test("copies a project of worktrees around a .bare directory as it stands", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const project = join(sandbox.root, "project");
  await git(sandbox.root, "clone", "--quiet", "--bare", repo, join(project, ".bare"));
  await writeFile(join(project, ".git"), "gitdir: ./.bare\n");
  await git(project, "worktree", "add", "--quiet", "main", "main");
  await git(project, "worktree", "add", "--quiet", "-b", "away", join(sandbox.root, "away"));
  await makeDirty(join(project, "main"));
  const described = await describeRepository(join(project, "main"));

  const { workspace } = await sandbox.copy(project, "blue");

  assert.equal(await readFile(join(workspace, ".git"), "utf8"), "gitdir: ./.bare\n");
  assert.deepEqual(await readdir(join(workspace, ".bare/worktrees")), ["main"]);
  assert.deepEqual(await describeRepository(join(workspace, "main")), described);
});

test("goes on borrowing objects from where the source does", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await git(sandbox.root, "clone", "--quiet", "--shared", repo, "absolute");
  await git(sandbox.root, "clone", "--quiet", "--shared", repo, "relative");
  await writeFile(join(sandbox.root, "relative/.git/objects/info/alternates"), "../../../repo/.git/objects\n");

  for (const name of ["absolute", "relative"]) {
    const { workspace } = await sandbox.copy(join(sandbox.root, name), name);

    await git(workspace, "fsck", "--no-dangling");
    assert.equal(await readFile(join(workspace, ".git/objects/info/alternates"), "utf8"), `${repo}/.git/objects\n`);
  }
});

test("a working tree configured by path is the copy", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  for (const [name, worktree] of [
    ["absolute", repo],
    ["relative", "../../repo"],
    ["outside", join(sandbox.root, "home")],
  ] as const) {
    await git(repo, "config", "core.worktree", worktree);
    const { workspace } = await sandbox.copy(repo, name);

    assert.equal(await git(workspace, "rev-parse", "--show-toplevel"), workspace);
    assert.equal(await git(repo, "config", "core.worktree"), worktree);
  }
});
