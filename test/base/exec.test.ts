import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { identityOf } from "../../src/base/process-identity.ts";
import { waitFor } from "../../src/base/wait.ts";

const heldChildParent = fileURLToPath(new URL("held-child-parent.ts", import.meta.url));

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

test("a child begins its work once it has been taken note of, under the pid that was noted", async (t) => {
  const directory = await makeTemporaryDirectory(t);
  let noted: { pid: number; hasBegun: boolean } | null = null;

  const { stdout } = await exec("sh", ["-c", "echo $$; : > begun"], {
    cwd: directory,
    onStart: async (pid) => {
      await setTimeout(50);
      noted = { pid, hasBegun: existsSync(join(directory, "begun")) };
    },
  });

  assert.deepEqual(noted, { pid: Number(stdout), hasBegun: false });
});

test("a child whose parent is killed before it could take note of it has done nothing", async (t) => {
  const directory = await makeTemporaryDirectory(t);
  const parent = spawn(process.execPath, ["--import", "tsx", heldChildParent, join(directory, "begun")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: parent.stdout }), "line");

  parent.kill("SIGKILL");

  assert.ok(
    await waitFor(async () => ((await identityOf(Number(line))) === null ? true : null), { timeoutMs: 10_000 }),
  );
  assert.equal(existsSync(join(directory, "begun")), false);
});

for (const [name, why] of [
  ["HOME_OF_THE_TEST", "as shells hand them on"],
  ["discovery.type", "though no shell would hand it on"],
] as const) {
  test(`a child that waits gets its variables, ${why}, its input, and nothing more`, async () => {
    const env = { PATH: process.env.PATH, NODE_OPTIONS: "--no-deprecation", [name]: "it's\n$HOME" };
    const program = "process.stdin.pipe(process.stdout); console.log(JSON.stringify(process.env))";
    const options = { env, cwd: "/", input: "words", onStart: () => {} };

    const { stdout, stderr, exitCode } = await exec(process.execPath, ["-e", program, "--", "$(id)"], options);

    assert.deepEqual([exitCode, stderr], [0, ""]);
    const [seen = "", rest] = stdout.split("\n");
    const { __CF_USER_TEXT_ENCODING, ...variables } = JSON.parse(seen);
    assert.deepEqual([variables, rest], [{ ...env, PWD: "/" }, "words"]);
  });
}

test("a program that is missing is told from one that ends as if it were", async () => {
  const options = { onStart: () => {} };
  const dotted = { env: { PATH: process.env.PATH, "a.b": "1" }, ...options };

  const missing = await exec("cilo-no-such-program", ["x"], options);
  const missingToo = await exec("cilo-no-such-program", ["x"], dotted);
  const own = await exec("sh", ["-c", "exit 127"], options);

  assert.deepEqual([missing.startFailure, missing.exitCode], ["ENOENT", null]);
  assert.deepEqual([missingToo.startFailure, missingToo.exitCode], ["ENOENT", null]);
  assert.deepEqual([own.startFailure, own.exitCode], [null, 127]);
});

async function makeTemporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-exec-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
