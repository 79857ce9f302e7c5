import assert from "node:assert/strict";
import { realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { exec } from "../../src/base/exec.ts";

test("gives exit code, stdout and stderr, and does not throw", async () => {
  const result = await exec("sh", ["-c", "echo out; echo err >&2; exit 3"]);

  assert.deepEqual([result.exitCode, result.stdout, result.stderr], [3, "out", "err"]);
});

test("a child's PWD is the directory it runs in", async () => {
  const cwd = await realpath(tmpdir());

  const { stdout } = await exec(process.execPath, ["-p", "process.env.PWD"], { cwd });

  assert.equal(stdout, cwd);
});

test("arguments are never read by a shell", async () => {
  const { stdout } = await exec("printf", ["%s", "$(id); `id` && id"]);

  assert.equal(stdout, "$(id); `id` && id");
});

test("says when a program could not be started", async () => {
  const result = await exec("cilo-no-such-program", []);

  assert.equal(result.startFailure, "ENOENT");
  assert.equal(result.exitCode, null);
});

test("ends a child at the timeout, and when told to", async () => {
  const late = await exec("sleep", ["60"], { timeoutMs: 50 });
  const aborted = await exec("sleep", ["60"], { signal: AbortSignal.timeout(50) });

  assert.equal(late.timedOut, true);
  assert.equal(aborted.aborted, true);
});

test("hands on lines as they come, the last one without a newline too", async () => {
  const lines: string[] = [];

  await exec("printf", ["one\\ntwo"], { onLine: (line) => lines.push(line) });

  assert.deepEqual(lines, ["one", "two"]);
});

test("ends a child that could not be taken note of", async () => {
  let pid = 0;
  const run = exec("sleep", ["60"], {
    onStart: (started) => {
      pid = started;
      throw new Error("no room to write it down");
    },
  });

  await assert.rejects(run, /no room/);
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});
