import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { toBytePath } from "../../src/workspace/byte-path.ts";
import { gitEnvironment, readGitConfig, toGitFailure, writeGitConfig } from "../../src/workspace/git-program.ts";
import { createSandbox } from "./sandbox.ts";

test("runs git without the variables that lead it to another repository", () => {
  const env = gitEnvironment({ PATH: "/bin", GIT_DIR: "/x", GIT_CONFIG_COUNT: "1", GIT_OPTIONAL_LOCKS: "1" });

  assert.deepEqual(env, { PATH: "/bin", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" });
});

test("reads, sets and takes away one variable and leaves the rest of the file", async (t) => {
  const sandbox = await createSandbox(t);
  const path = join(sandbox.root, "config");
  const file = toBytePath(path);
  await writeFile(path, "[core]\n\tworktree = ../a # comment\n\tbare = true\n[user]\n\tname = Ada\n");

  assert.equal(await readGitConfig(file, "core.worktree"), "../a");
  assert.equal(await readGitConfig(file, "core.none"), null);
  await writeGitConfig(file, { name: "core.worktree", value: null });
  await writeGitConfig(file, { name: "core.bare", value: "false" });

  assert.equal(await readFile(path, "utf8"), "[core]\n\tbare = false\n[user]\n\tname = Ada\n");
});

test("says which file git cannot read", async (t) => {
  const sandbox = await createSandbox(t);
  const path = join(sandbox.root, "config");
  await writeFile(path, "[core\n");

  await assert.rejects(readGitConfig(toBytePath(path), "core.bare"), {
    code: "CILO_GIT_FAILED",
    message: /cannot read core\.bare in .*config: .*bad config line 1/,
  });
});

test("tells a full disk from any other trouble of git", () => {
  const ended = { exitCode: 128, signal: null, stdout: "", timedOut: false, aborted: false, startFailure: null };
  const stderr = "error: unable to write file\nfatal: write error: No space left on device\n";

  const failure = toGitFailure("cannot run git bundle", { ...ended, stderr });

  assert.equal(failure.code, "CILO_DISK_FULL");
  assert.equal(failure.message, "cannot run git bundle: fatal: write error: No space left on device");
  assert.equal(toGitFailure("cannot run git bundle", { ...ended, stderr: "fatal: no" }).code, "CILO_GIT_FAILED");
});
