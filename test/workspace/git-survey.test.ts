import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { toBytePath } from "../../src/workspace/byte-path.ts";
import { createGitSurvey } from "../../src/workspace/git-survey.ts";
import { createRepository } from "./repositories.ts";
import { createSandbox, git } from "./sandbox.ts";

test("leaves out lock files and those of a running gc, but no branch called worktrees", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await git(repo, "branch", "worktrees/one");
  await sandbox.write({
    "repo/.git/index.lock": "",
    "repo/.git/refs/heads/main.lock": "",
    "repo/.git/gc.pid": "1 example.org",
    "repo/yarn.lock": "kept\n",
  });

  const { workspace } = await sandbox.copy(repo, "blue");

  assert.equal(await readFile(join(workspace, "yarn.lock"), "utf8"), "kept\n");
  await git(workspace, "commit", "--quiet", "--allow-empty", "-m", "not locked");
  assert.match(await git(workspace, "branch", "--list"), /worktrees\/one/);
  assert.equal((await readdir(join(workspace, ".git"))).includes("gc.pid"), false);
});

test("has objects copied after the references and the index that name them", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  const survey = createGitSurvey(toBytePath(repo), null);
  const path = toBytePath(".git");
  const source = toBytePath(join(repo, ".git"));
  const names = (await readdir(join(repo, ".git"))).map(toBytePath);

  const selected = await survey.select({ path, source }, names);

  // The last entry is copied first.
  assert.equal(selected[0], "objects");
  assert.deepEqual(selected.toSorted(), names.toSorted());
  assert.deepEqual(survey.findings.directories, [{ path, source }]);
});
