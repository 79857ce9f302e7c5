import assert from "node:assert/strict";
import { appendFile, chmod, link, mkdir, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { createRepository, createSuperproject, makeDirty } from "../repositories.ts";
import { createSandbox, git, type Sandbox } from "../sandbox.ts";
import { assertSameTree, listTree } from "../tree-listing.ts";
import { bringBack, describeWorkspace, saveAndRemove } from "./saved-workspace.ts";

/** Commits on a branch and on none, two stashes, staged, changed, new and ignored files, and a merge that stopped. */
async function workALot(workspace: string): Promise<void> {
  await git(workspace, "checkout", "--quiet", "-b", "login");
  await writeFile(join(workspace, "page"), "login\n");
  await git(workspace, "add", "page");
  await git(workspace, "commit", "--quiet", "-m", "add the login page");
  await git(workspace, "tag", "-a", "v2", "-m", "second");
  await git(workspace, "checkout", "--quiet", "--detach");
  await git(workspace, "commit", "--quiet", "--allow-empty", "-m", "on no branch");
  for (const text of ["one", "two"]) {
    await writeFile(join(workspace, "page"), `${text}\n`);
    await git(workspace, "stash", "--quiet");
  }
  await makeDirty(workspace);
  await writeFile(join(workspace, ".gitignore"), "ignored\n.env\n");
  await writeFile(join(workspace, ".env"), "TOKEN=1\n", { mode: 0o600 });
  await writeFile(join(workspace, 'b\u00fccher "x"\n'), "odd name\n");
  await mkdir(join(workspace, "empty"), { mode: 0o750 });
  await symlink("nowhere", join(workspace, "dangling"));
  await writeFile(join(workspace, "run.sh"), "#!/bin/sh\n");
  await chmod(join(workspace, "run.sh"), 0o755);
  await link(join(workspace, "run.sh"), join(workspace, "again.sh"));
}

async function assertComesBack(
  t: TestContext,
  options: {
    repositories: string[];
    make(sandbox: Sandbox): Promise<string>;
    work(workspace: string): Promise<void>;
    afterwards?(source: string): Promise<void>;
  },
): Promise<void> {
  const sandbox = await createSandbox(t);
  const source = await options.make(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await options.work(workspace);
  const before = await describeWorkspace(workspace, options.repositories);

  const saved = await saveAndRemove(sandbox, workspace, source);
  await options.afterwards?.(source);
  const missing = await bringBack(sandbox, saved, workspace);

  const after = await describeWorkspace(workspace, options.repositories);
  assert.deepEqual(missing, []);
  assert.deepEqual(after.git, before.git);
  assertSameTree(after.files, before.files);
}

test("a workspace comes back with its branches, stashes, index and files", (t) =>
  assertComesBack(t, { repositories: [""], make: createRepository, work: workALot }));

test("a merge that stopped in a conflict comes back in the middle", (t) =>
  assertComesBack(t, {
    repositories: [""],
    make: createRepository,
    async work(workspace) {
      for (const [branch, text] of [
        ["left", "left\n"],
        ["right", "right\n"],
      ] as const) {
        await git(workspace, "checkout", "--quiet", "-b", branch, "main");
        await writeFile(join(workspace, "a"), text);
        await git(workspace, "commit", "--quiet", "--all", "-m", branch);
      }
      await git(workspace, "merge", "--quiet", "left").catch(() => {});
      assert.match(await git(workspace, "status"), /fix conflicts/);
    },
  }));

test("submodules and linked worktrees come back with their own work", (t) =>
  assertComesBack(t, {
    repositories: ["", "libs/library", "libs/library/deps/inner", "tree"],
    make: createSuperproject,
    async work(workspace) {
      await git(workspace, "worktree", "add", "--quiet", "-b", "beside", "tree");
      await workALot(join(workspace, "tree"));
      await workALot(join(workspace, "libs/library"));
      await workALot(join(workspace, "libs/library/deps/inner"));
    },
  }));

test("linked worktrees of a workspace that comes back elsewhere lead to itself", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await git(workspace, "worktree", "add", "--quiet", "-b", "beside", "tree");

  const saved = await saveAndRemove(sandbox, workspace, source);
  await bringBack(sandbox, saved, `${workspace}-again`);

  const common = await git(
    join(`${workspace}-again`, "tree"),
    "rev-parse",
    "--path-format=absolute",
    "--git-common-dir",
  );
  assert.equal(common, join(`${workspace}-again`, ".git"));
  assert.match(await git(`${workspace}-again`, "worktree", "list"), /login-again\/tree .*\[beside\]/);
});

test("a source that has moved on lends what was not changed from its history", (t) =>
  assertComesBack(t, {
    repositories: [""],
    make: createRepository,
    work: workALot,
    async afterwards(source) {
      await writeFile(join(source, "app/compose.yml"), "services: {web: {}}\n");
      await writeFile(join(source, "ignored"), "another secret\n");
      await writeFile(join(source, "extra"), "new\n");
      await rm(join(source, ".github"), { recursive: true });
      await git(source, "add", "--all");
      await git(source, "commit", "--quiet", "-m", "moved on");
      await git(source, "branch", "more");
      await git(source, "gc", "--quiet", "--prune=now");
    },
  }));

test("a copy of one without a repository comes back", (t) =>
  assertComesBack(t, {
    repositories: [],
    async make(sandbox) {
      await sandbox.write({ "plain/compose.yml": "services: {}\n", "plain/a/b": "b\n", "plain/c": "c\n" });
      return join(sandbox.root, "plain");
    },
    async work(workspace) {
      await rm(join(workspace, "a"), { recursive: true });
      await appendFile(join(workspace, "c"), "more\n");
      await writeFile(join(workspace, "a"), "a file now\n");
      await git(workspace, "init", "--quiet", "nested");
      await git(join(workspace, "nested"), "commit", "--quiet", "--allow-empty", "-m", "nested");
    },
  }));

test("a repository without a commit comes back", (t) =>
  assertComesBackPlainly(t, async (sandbox) => {
    await sandbox.write({ "new/compose.yml": "services: {}\n", "new/.gitignore": ".env\n", "new/.env": "TOKEN=1\n" });
    await git(join(sandbox.root, "new"), "init", "--quiet");
    await git(join(sandbox.root, "new"), "add", "compose.yml");
    return join(sandbox.root, "new");
  }));

async function assertComesBackPlainly(t: TestContext, make: (sandbox: Sandbox) => Promise<string>): Promise<void> {
  const sandbox = await createSandbox(t);
  const source = await make(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await appendFile(join(workspace, "compose.yml"), "# staged\n");
  await git(workspace, "add", ".");
  const look = async () => [await git(workspace, "status", "--porcelain"), await git(workspace, "ls-files", "--stage")];
  const before = { files: (await describeWorkspace(workspace, [])).files, git: await look() };

  const saved = await saveAndRemove(sandbox, workspace, source);
  const missing = await bringBack(sandbox, saved, workspace);

  assert.deepEqual(missing, []);
  assert.deepEqual(await look(), before.git);
  assertSameTree((await describeWorkspace(workspace, [])).files, before.files);
  await git(workspace, "fsck", "--no-dangling", "--no-progress");
}

test("without a source everything is saved, and comes back without one", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await workALot(workspace);
  const before = await describeWorkspace(workspace, [""]);
  await rm(source, { recursive: true });

  const saved = await saveAndRemove(sandbox, workspace, source);
  const missing = await bringBack(sandbox, saved, workspace);

  const after = await describeWorkspace(workspace, [""]);
  assert.equal(saved.saved.sourceRoot, null);
  assert.deepEqual(missing, []);
  assert.deepEqual(after.git, before.git);
  assertSameTree(after.files, before.files);
});

test("what only the source had, and has not any more, is named", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "plain/compose.yml": "services: {}\n", "plain/data": "data\n", "plain/gone": "gone\n" });
  const source = join(sandbox.root, "plain");
  const { workspace } = await sandbox.copy(source, "login");

  const saved = await saveAndRemove(sandbox, workspace, source);
  await writeFile(join(source, "data"), "other data\n");
  await rm(join(source, "gone"));
  const missing = await bringBack(sandbox, saved, workspace);

  assert.deepEqual(missing, ["data", "gone"]);
});

test("commits that the source has lost are named, and nothing is left half-way", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  await git(source, "stash", "clear");
  const { workspace } = await sandbox.copy(source, "login");
  await git(workspace, "commit", "--quiet", "--allow-empty", "-m", "work");
  const base = await git(source, "rev-parse", "HEAD");

  const saved = await saveAndRemove(sandbox, workspace, source);
  await rm(join(source, ".git"), { recursive: true });
  await git(source, "init", "--quiet");
  const failure = await bringBack(sandbox, saved, workspace).catch((error: unknown) => error);

  assert.ok(failure instanceof CiloError);
  assert.equal(failure.code, "CILO_RESTORE_FAILED");
  assert.deepEqual(failure.details.commits, [base]);
});

test("a directory of the source that has become a symbolic link is not written through", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  const nested = join(source, "nested");
  await sandbox.write({ "repo/nested/deep/file": "file\n" });
  await git(nested, "init", "--quiet");
  await git(nested, "add", ".");
  await git(nested, "commit", "--quiet", "-m", "nested");
  const { workspace } = await sandbox.copy(source, "login");

  const saved = await saveAndRemove(sandbox, workspace, source);
  const elsewhere = join(sandbox.root, "elsewhere");
  await rename(nested, elsewhere);
  await symlink(elsewhere, nested);
  await git(elsewhere, "checkout", "--quiet", "-b", "precious");
  await git(elsewhere, "commit", "--quiet", "--allow-empty", "-m", "precious");
  await chmod(elsewhere, 0o711);
  const precious = await listTree(elsewhere);
  const failure = await bringBack(sandbox, saved, workspace).catch((error: unknown) => error);

  assert.ok(failure instanceof CiloError);
  assert.equal(failure.code, "CILO_RESTORE_FAILED");
  assertSameTree(await listTree(elsewhere), precious);
});

test("a bare repository comes back with its worktree", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await git(workspace, "clone", "--quiet", "--bare", ".", "shop.git");
  await git(join(workspace, "shop.git"), "worktree", "add", "--quiet", "-b", "beside", "../tree");
  await workALot(join(workspace, "tree"));
  const { git: before } = await describeWorkspace(workspace, ["tree"]);

  const saved = await saveAndRemove(sandbox, workspace, source);
  const missing = await bringBack(sandbox, saved, workspace);

  assert.deepEqual(missing, []);
  assert.deepEqual((await describeWorkspace(workspace, ["tree"])).git, before);
});

test("a repository without work of its own does not come back from a source that is another one by now", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  const head = await git(workspace, "rev-parse", "HEAD");

  const saved = await saveAndRemove(sandbox, workspace, source);
  await rm(join(source, ".git"), { recursive: true });
  await git(source, "init", "--quiet");
  const failure = await bringBack(sandbox, saved, workspace).catch((error: unknown) => error);

  assert.ok(failure instanceof CiloError);
  assert.equal(failure.code, "CILO_RESTORE_FAILED");
  assert.ok((failure.details.commits as string[]).includes(head));
});

test("a submodule whose directory was removed comes back without it", (t) =>
  assertComesBack(t, {
    repositories: [""],
    make: createSuperproject,
    async work(workspace) {
      await git(join(workspace, "libs/library"), "commit", "--quiet", "--allow-empty", "-m", "work");
      await rm(join(workspace, "libs"), { recursive: true });
    },
  }));

test("what a filter had made of a file that the source has not any more is named", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  await git(source, "config", "filter.short.clean", "cut -c1");
  await sandbox.write({ "repo/.gitattributes": "*.bin filter=short\n", "repo/large.bin": "large\n" });
  // Older than the index, which git trusts then.
  await utimes(join(source, "large.bin"), 1_000_000_000, 1_000_000_000);
  await git(source, "add", ".");
  await git(source, "commit", "--quiet", "-m", "filtered");
  const { workspace } = await sandbox.copy(source, "login");
  // From now on its index says that the file is as git made it.
  await git(workspace, "update-index", "--refresh");

  const saved = await saveAndRemove(sandbox, workspace, source);
  await writeFile(join(source, "large.bin"), "changed\n");
  const missing = await bringBack(sandbox, saved, workspace);

  assert.deepEqual(missing, ["large.bin"]);
});

test("saved work that names places outside of the workspace is refused", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "plain/compose.yml": "services: {}\n" });
  const source = join(sandbox.root, "plain");
  const { workspace } = await sandbox.copy(source, "login");
  const victim = join(sandbox.root, "victim");
  await mkdir(victim, { mode: 0o700 });

  const saved = await saveAndRemove(sandbox, workspace, source);
  const stamp = { path: "../../../../victim", kind: "directory", mode: 0o777, sizeBytes: 0, mtimeNs: "1" };
  await appendFile(join(saved.from, "source.jsonl"), `${JSON.stringify(stamp)}\n`);
  const failure = await bringBack(sandbox, saved, workspace).catch((error: unknown) => error);

  assert.ok(failure instanceof CiloError);
  assert.equal(failure.code, "CILO_RESTORE_FAILED");
  assert.equal((await stat(victim)).mode & 0o777, 0o700);
});
