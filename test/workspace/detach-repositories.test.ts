import assert from "node:assert/strict";
import { mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { assertIndependent, createRepository, createSuperproject, makeDirty, workHard } from "./repositories.ts";
import { createSandbox, git } from "./sandbox.ts";
import { assertSameTree, listTree } from "./tree-listing.ts";

test("copies a repository whole, with its index byte for byte", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await makeDirty(repo);
  const before = await listTree(repo);

  const { workspace, project } = await sandbox.copy(join(repo, "app"), "blue");

  assertSameTree(await listTree(workspace), before);
  assert.equal(project, join(workspace, "app"));
});

test("work in the copy of a repository does not show in the source", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await makeDirty(repo);

  await assertIndependent(sandbox, repo, [repo]);
});

test("copies submodules with their superproject, their links untouched", async (t) => {
  const sandbox = await createSandbox(t);
  const shop = await createSuperproject(sandbox);
  await makeDirty(join(shop, "libs/library"));
  const before = await listTree(shop);

  const { workspace } = await sandbox.copy(shop, "blue");

  assertSameTree(await listTree(workspace), before);
  await workHard(join(workspace, "libs/library"));
  await workHard(join(workspace, "libs/library/deps/inner"));
  assert.deepEqual(await listTree(shop), before);
});

test("follows a separate git directory and a .git symbolic link out of the tree", async (t) => {
  for (const kind of ["file", "symlink"]) {
    const sandbox = await createSandbox(t);
    const repo = await createRepository(sandbox);
    const away = join(sandbox.root, "away.git");
    if (kind === "file") {
      await git(repo, "init", "--quiet", "--separate-git-dir", away);
    } else {
      await rename(join(repo, ".git"), away);
      await symlink("../away.git", join(repo, ".git"));
    }
    await makeDirty(repo);

    await assertIndependent(sandbox, repo, [repo, away]);
  }
});

test("leaves a .git symbolic link that stays inside the tree", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await rename(join(repo, ".git"), join(repo, "meta"));
  await symlink("meta", join(repo, ".git"));
  await writeFile(join(repo, ".gitignore"), "meta\nignored\n");

  const workspace = await assertIndependent(sandbox, repo, [repo]);

  assert.equal(await git(workspace, "rev-parse", "--git-dir"), ".git");
});

test("an absolute .git file inside the tree leads to the copy", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox, "plain/repo");
  await mkdir(join(sandbox.root, "plain/stores"));
  await git(repo, "init", "--quiet", "--separate-git-dir", join(sandbox.root, "plain/stores/repo.git"));
  const before = await listTree(join(sandbox.root, "plain"));

  const { workspace } = await sandbox.copy(join(sandbox.root, "plain"), "blue");

  assert.equal(await readFile(join(workspace, "repo/.git"), "utf8"), "gitdir: ../stores/repo.git\n");
  await workHard(join(workspace, "repo"));
  assert.deepEqual(await listTree(join(sandbox.root, "plain")), before);
});

test("takes the place of symbolic links that share parts of another repository, as git-new-workdir makes them", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const workdir = join(sandbox.root, "workdir");
  await mkdir(join(workdir, ".git"), { recursive: true });
  for (const name of ["config", "objects", "refs", "info", "hooks", "logs"]) {
    await symlink(join(repo, ".git", name), join(workdir, ".git", name));
  }
  await writeFile(join(workdir, ".git/HEAD"), "ref: refs/heads/main\n");
  await git(workdir, "reset", "--quiet", "--hard");

  await assertIndependent(sandbox, workdir, [repo, workdir]);
});
