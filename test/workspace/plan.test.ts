import assert from "node:assert/strict";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError, type ErrorCode } from "../../src/base/errors.ts";
import { type CopyPlan, planCopy } from "../../src/workspace/plan.ts";
import { asUser, createSandbox, git, type Sandbox } from "./sandbox.ts";

function plan(sandbox: Sandbox, source: string, onlyDirectory = false): Promise<CopyPlan> {
  return planCopy({ source: join(sandbox.root, source), home: sandbox.home, onlyDirectory });
}

async function assertRefused(work: Promise<unknown>, code: ErrorCode, message: RegExp, hint?: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof CiloError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    if (hint) assert.match(error.hint ?? "", hint);
    return true;
  });
}

test("copies the repository around a project, or only the project when asked", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "repo/apps/shop/compose.yml": "" });
  await git(join(sandbox.root, "repo"), "init", "--quiet");
  const root = join(sandbox.root, "repo");

  assert.deepEqual(await plan(sandbox, "repo/apps/shop"), { root, projectPath: "apps/shop", insideRepository: true });
  assert.deepEqual(await plan(sandbox, "repo"), { root, projectPath: "", insideRepository: true });
  assert.deepEqual(await plan(sandbox, "repo/apps/shop", true), {
    root: join(root, "apps/shop"),
    projectPath: "",
    insideRepository: true,
  });
});

test("copies just the directory outside of any repository, and needs no git for it", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/compose.yml": "", "shop/.git/": "" });
  withoutPrograms(t);

  const planned = await plan(sandbox, "shop");

  assert.deepEqual(planned, { root: join(sandbox.root, "shop"), projectPath: "", insideRepository: false });
});

test("says that git is missing before anything of a repository is copied", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "repo/app/compose.yml": "" });
  await git(join(sandbox.root, "repo"), "init", "--quiet");
  withoutPrograms(t);

  await assertRefused(plan(sandbox, "repo/app"), "CILO_GIT_FAILED", /git cannot be started \(ENOENT\)/, /^install git/);
  assert.equal((await plan(sandbox, "repo/app", true)).root, join(sandbox.root, "repo/app"));
});

function withoutPrograms(t: { after(restore: () => void): void }): void {
  const { PATH } = process.env;
  process.env.PATH = "/does/not/exist";
  t.after(() => {
    process.env.PATH = PATH;
  });
}

test("finds the top of a linked worktree and of a submodule, and follows symbolic links to the source", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "repo/app/compose.yml": "" });
  const repo = join(sandbox.root, "repo");
  await git(repo, "init", "--quiet");
  await git(repo, "add", ".");
  await git(repo, "commit", "--quiet", "-m", "first");
  await git(repo, "worktree", "add", "--quiet", "-b", "feature", join(sandbox.root, "linked"));
  await git(repo, "submodule", "--quiet", "add", repo, "sub");
  await symlink("linked/app", join(sandbox.root, "shortcut"));

  assert.equal((await plan(sandbox, "linked/app")).root, join(sandbox.root, "linked"));
  assert.equal((await plan(sandbox, "repo/sub/app")).root, join(repo, "sub"));
  assert.deepEqual(await plan(sandbox, "shortcut"), {
    root: join(sandbox.root, "linked"),
    projectPath: "app",
    insideRepository: true,
  });
});

test("refuses what is missing, no directory, or not readable", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ file: "", "closed/": "" });
  await symlink("loop", join(sandbox.root, "loop"));

  await assertRefused(
    plan(sandbox, "missing"),
    "CILO_SOURCE_INVALID",
    /^cannot use .*missing: no such file or directory/,
  );
  await assertRefused(plan(sandbox, "file"), "CILO_SOURCE_INVALID", /file: it is not a directory/);
  await assertRefused(plan(sandbox, "loop"), "CILO_SOURCE_INVALID", /loop: too many symbolic links/);
  await assertRefused(plan(sandbox, "file/below"), "CILO_SOURCE_INVALID", /not a directory/);
});

test("refuses a directory this user may not read", {
  skip: process.geteuid?.() === 0 ? false : "needs root",
}, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "closed/project/": "" });
  await chmod(sandbox.root, 0o755);
  await chmod(join(sandbox.root, "closed"), 0o700);

  await asUser(65_534, async () => {
    await assertRefused(plan(sandbox, "closed"), "CILO_SOURCE_INVALID", /permission denied/, /ls -ld/);
    await assertRefused(plan(sandbox, "closed/project"), "CILO_SOURCE_INVALID", /permission denied/);
  });
});

test("refuses bare repositories and git directories", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "repo/a": "" });
  await git(join(sandbox.root, "repo"), "init", "--quiet");
  await git(sandbox.root, "init", "--quiet", "--bare", "bare.git");

  for (const source of ["bare.git", "bare.git/hooks", "repo/.git", "repo/.git/objects"]) {
    for (const onlyDirectory of [false, true]) {
      await assertRefused(
        plan(sandbox, source, onlyDirectory),
        "CILO_SOURCE_INVALID",
        /a git repository's own directory/,
        /git clone/,
      );
    }
  }
});

test("refuses to copy CILO_HOME along, be it there already or not, and says how to go on", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "user/project/compose.yml": "" });
  await git(join(sandbox.root, "user"), "init", "--quiet");
  const home = join(sandbox.root, "user/.cilo");
  const planned = (source: string, onlyDirectory: boolean) =>
    planCopy({ source: join(sandbox.root, source), home, onlyDirectory });

  for (const made of [false, true]) {
    if (made) await mkdir(join(home, "envs"), { recursive: true });
    await assertRefused(planned("user/project", false), "CILO_SOURCE_INVALID", /CILO_HOME.*inside it/, /--only-dir/);
    await assertRefused(planned("user", true), "CILO_SOURCE_INVALID", /CILO_HOME/, /set CILO_HOME/);
    assert.equal((await planned("user/project", true)).projectPath, "");
  }
});

test("copies from a workspace, but from nothing else inside CILO_HOME", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({
    "home/envs/shop/blue/app/": "",
    "home/envs/shop/.blue.1-0123456789ab.copy/": "",
    "home/trash/x/": "",
  });
  // Were it taken for the repository around the workspace, all environments would be copied.
  await git(sandbox.root, "init", "--quiet");
  const blue = join(sandbox.home, "envs/shop/blue");

  assert.deepEqual(await plan(sandbox, "home/envs/shop/blue"), {
    root: blue,
    projectPath: "",
    insideRepository: false,
  });
  assert.deepEqual(await plan(sandbox, "home/envs/shop/blue/app"), {
    root: join(blue, "app"),
    projectPath: "",
    insideRepository: false,
  });
  for (const source of [
    "home",
    "home/envs",
    "home/envs/shop",
    "home/trash/x",
    "home/envs/shop/.blue.1-0123456789ab.copy",
  ]) {
    await assertRefused(plan(sandbox, source), "CILO_SOURCE_INVALID", /belongs to cilo itself/);
  }
});
