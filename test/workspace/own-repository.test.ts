import assert from "node:assert/strict";
import { chown, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { exec } from "../../src/base/exec.ts";
import { assertIndependent, createRepository, createSuperproject, makeDirty, workHard } from "./repositories.ts";
import { createSandbox, describeRepository, git, gitTestEnvironment } from "./sandbox.ts";
import { listTree } from "./tree-listing.ts";

test("gives the copy of a linked worktree a repository of its own, with the same changes", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const linked = join(sandbox.root, "linked");
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", linked);
  await makeDirty(linked);
  await makeDirty(repo);
  const index = await readFile(await git(linked, "rev-parse", "--git-path", "index"));

  const { workspace } = await sandbox.copy(linked, "green");
  const blue = await assertIndependent(sandbox, linked, [repo, linked]);

  assert.deepEqual(await readFile(join(workspace, ".git/index")), index);
  assert.equal(await git(workspace, "symbolic-ref", "HEAD"), "refs/heads/feature");
  assert.equal(await readFile(join(workspace, "ignored"), "utf8").catch(() => "absent"), "absent");
  assert.deepEqual((await git(blue, "worktree", "list")).split("\n").length, 1);
});

test("keeps a detached HEAD of a linked worktree, and leaves the main worktree's own state behind", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const linked = join(sandbox.root, "linked");
  await git(repo, "worktree", "add", "--quiet", "--detach", linked);
  await git(repo, "bisect", "start");
  await writeFile(join(repo, ".git/MERGE_MSG"), "of the main worktree\n");

  const workspace = await assertIndependent(sandbox, linked, [repo, linked]);

  const names = await readdir(join(workspace, ".git"));
  assert.deepEqual(
    names.filter((name) => /^(BISECT|MERGE|worktrees|commondir|gitdir)/.test(name)),
    [],
  );
});

test("keeps a conflicted merge and a stopped rebase of a linked worktree", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const linked = join(sandbox.root, "linked");
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", linked);
  await writeFile(join(linked, "a"), "theirs\n");
  await git(linked, "commit", "--quiet", "-am", "feature");
  await writeFile(join(repo, "a"), "ours\n");
  await git(repo, "commit", "--quiet", "-am", "main");
  const run = (...args: string[]) => exec("git", args, { cwd: linked, env: gitTestEnvironment });

  assert.notEqual((await run("merge", "main")).exitCode, 0);
  const merging = await sandbox.copy(linked, "merging");
  const described = await describeRepository(linked);
  assert.deepEqual(await describeRepository(merging.workspace), described);
  await run("merge", "--abort");
  assert.notEqual((await run("rebase", "main")).exitCode, 0);
  const rebasing = await sandbox.copy(linked, "rebasing");

  await writeFile(join(merging.workspace, "a"), "both\n");
  await git(merging.workspace, "commit", "--quiet", "-am", "merged");
  assert.equal((await git(merging.workspace, "rev-list", "--parents", "-1", "HEAD")).split(" ").length, 3);
  await git(rebasing.workspace, "checkout", "--quiet", "--theirs", "a");
  await git(rebasing.workspace, "add", "a");
  await git(rebasing.workspace, "-c", "core.editor=true", "rebase", "--continue");
  assert.equal(await git(rebasing.workspace, "rev-parse", "--abbrev-ref", "HEAD"), "feature");
  assert.match(await git(linked, "status"), /rebase in progress/);
});

test("copies a linked worktree of a bare repository as one that has a working tree", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const bare = join(sandbox.root, "bare.git");
  await git(sandbox.root, "clone", "--quiet", "--bare", repo, bare);
  await git(bare, "worktree", "add", "--quiet", join(bare, "main"), "main");
  await makeDirty(join(bare, "main"));

  await assertIndependent(sandbox, join(bare, "main"), [bare]);
});

test("gives the copy of a submodule a repository of its own", async (t) => {
  const sandbox = await createSandbox(t);
  const shop = await createSuperproject(sandbox);
  await makeDirty(join(shop, "libs/library"));

  const workspace = await assertIndependent(sandbox, join(shop, "libs/library"), [shop]);

  const inner = join(workspace, "deps/inner");
  assert.equal(await git(inner, "rev-parse", "--show-toplevel"), inner);
  await workHard(inner);
  assert.equal(
    (await exec("git", ["config", "core.worktree"], { cwd: workspace, env: gitTestEnvironment })).exitCode,
    1,
  );
});

test("keeps nested submodules of a linked worktree apart from the source", async (t) => {
  const sandbox = await createSandbox(t);
  const shop = await createSuperproject(sandbox);
  const linked = join(sandbox.root, "linked");
  await git(shop, "worktree", "add", "--quiet", "-b", "feature", linked);
  await git(linked, "submodule", "--quiet", "update", "--init", "--recursive");
  const nested = ["libs/library", "libs/library/deps/inner"];
  for (const path of nested) await makeDirty(join(linked, path));
  const described = await Promise.all(nested.map((path) => describeRepository(join(linked, path))));
  const before = [await listTree(shop), await listTree(linked)];

  const { workspace } = await sandbox.copy(linked, "blue");

  for (const [index, path] of nested.entries()) {
    const copied = join(workspace, path);
    assert.deepEqual(await describeRepository(copied), described[index]);
    assert.ok((await git(copied, "rev-parse", "--absolute-git-dir")).startsWith(join(workspace, ".git/modules")));
    assert.equal(await git(copied, "rev-parse", "--show-toplevel"), copied);
  }
  for (const path of nested.toReversed()) await workHard(join(workspace, path));
  await workHard(workspace);
  assert.deepEqual([await listTree(shop), await listTree(linked)], before);
});

test("gives a worktree of another repository inside a plain directory a repository of its own", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", join(sandbox.root, "plain/vendor/linked"));
  const before = await listTree(repo);

  const { workspace } = await sandbox.copy(join(sandbox.root, "plain"), "blue");

  await workHard(join(workspace, "vendor/linked"));
  assert.deepEqual(await listTree(repo), before);
});

test("is not confused by git's variables", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const other = await createRepository(sandbox, "other");
  const linked = join(sandbox.root, "linked");
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", linked);
  await git(repo, "config", "core.bare", "true");
  const before = await listTree(other);
  const variables = { GIT_DIR: join(other, ".git"), GIT_WORK_TREE: other, GIT_INDEX_FILE: join(other, ".git/index") };
  Object.assign(process.env, variables);
  t.after(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });

  const { workspace } = await sandbox.copy(linked, "blue");

  assert.equal(await git(workspace, "symbolic-ref", "HEAD"), "refs/heads/feature");
  assert.equal(await git(workspace, "config", "core.bare"), "false");
  assert.deepEqual(await listTree(other), before);
});

test("copies a repository that git takes for somebody else's", {
  skip: process.geteuid?.() === 0 ? false : "needs root",
}, async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const linked = join(sandbox.root, "linked");
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", linked);
  for (const path of [repo, join(repo, ".git"), linked, join(linked, ".git")]) await chown(path, 65_534, 65_534);
  const refused = await exec("git", ["status"], { cwd: linked, env: gitTestEnvironment });
  assert.match(refused.stderr, /dubious ownership/);

  const { workspace } = await sandbox.copy(linked, "blue");

  await sandbox.write({ trusting: "[safe]\n\tdirectory = *\n" });
  const env = { ...gitTestEnvironment, GIT_CONFIG_GLOBAL: join(sandbox.root, "trusting") };
  const [copied, original] = await Promise.all(
    [workspace, linked].map((cwd) => exec("git", ["status", "--porcelain=v2", "--branch"], { cwd, env })),
  );
  assert.equal(copied?.exitCode, 0);
  assert.equal(copied?.stdout, original?.stdout);
  assert.equal(await readFile(join(workspace, ".git/HEAD"), "utf8"), "ref: refs/heads/feature\n");
});

test("refuses a linked worktree of a repository with reftable references, and leaves nothing", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const linked = join(sandbox.root, "linked");
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", linked);
  await mkdir(join(repo, ".git/reftable"));

  await assert.rejects(
    sandbox.copy(linked, "blue"),
    (error) => error instanceof CiloError && error.code === "CILO_GIT_FAILED" && /reftable/.test(error.message),
  );

  await assert.rejects(readdir(sandbox.home), { code: "ENOENT" });
});
