import assert from "node:assert/strict";
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { toBytePath } from "../../src/workspace/byte-path.ts";
import { catchUpObjects } from "../../src/workspace/catch-up-objects.ts";
import { createCopySession } from "../../src/workspace/copy-session.ts";
import { createGitSurvey } from "../../src/workspace/git-survey.ts";
import { createRepository } from "./repositories.ts";
import { createSandbox, git } from "./sandbox.ts";

test("takes from the source's new pack and packed references what was packed away before it could be copied", async (t) => {
  const sandbox = await createSandbox(t);
  const repo = await createRepository(sandbox);
  await git(repo, "branch", "feature");
  const refs = await git(repo, "for-each-ref");
  const copy = join(sandbox.root, "copy");
  await cp(repo, copy, { recursive: true });
  for (const name of await readdir(join(copy, ".git/objects"))) {
    if (/^[0-9a-f]{2}$/.test(name)) await rm(join(copy, ".git/objects", name), { recursive: true });
  }
  await rm(join(copy, ".git/refs"), { recursive: true });
  await cp(join(repo, ".git/refs"), join(copy, ".git/refs"), {
    recursive: true,
    filter: (path) => !/heads\/./.test(path),
  });
  await git(repo, "gc", "--quiet", "--prune=now");
  const session = createCopySession({ now: () => 0 });
  const survey = createGitSurvey(toBytePath(repo), null);

  await catchUpObjects(
    { path: toBytePath(".git"), source: toBytePath(join(repo, ".git")) },
    { copyRoot: toBytePath(copy), session, survey },
  );

  await git(copy, "fsck", "--no-dangling");
  assert.equal(await git(copy, "for-each-ref"), refs);
  assert.deepEqual(session.tally.skipped, []);
});
