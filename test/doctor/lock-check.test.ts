import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { identityOf, identityOfSelf, type ProcessIdentity } from "../../src/base/process-identity.ts";
import { waitFor } from "../../src/base/wait.ts";
import { lockCheck } from "../../src/doctor/lock-check.ts";
import { acquireLock } from "../../src/state/lock.ts";
import { isSuspended } from "../../src/state/suspension.ts";
import { makeSurvey, toLines } from "./survey.ts";

let home = "";
let locks = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cilo-lock-check-"));
  locks = join(home, "locks");
});
afterEach(() => rm(home, { recursive: true }));

/** What is said, with the directory left out. */
async function check(): Promise<string[]> {
  const lines = toLines(await lockCheck.run(makeSurvey({ home })));
  return lines.map((line) => line.replaceAll(locks, "LOCKS"));
}

const since = "2026-11-20T11:59:00.000Z";

async function placeLock(name: string, owner: ProcessIdentity, purpose: string): Promise<void> {
  await mkdir(join(locks, name), { recursive: true });
  await writeFile(join(locks, name, "owner.json"), JSON.stringify({ ...owner, purpose, since }));
}

describe("the check of locks", () => {
  test("is content when none is held, and before there are any", async () => {
    const before = await check();
    await using lock = await acquireLock(join(locks, "state.lock"), { purpose: "write", timeoutMs: 0 });
    await lock.release();

    assert.deepEqual([before, await check()], [["ok: no lock is held"], ["ok: no lock is held"]]);
  });

  test("tells of one that is held, as the program itself holds it", async () => {
    await using _lock = await acquireLock(join(locks, "id.lock"), { purpose: "up shop/blue", timeoutMs: 0 });

    const [line = "", ...more] = await check();

    assert.match(line, new RegExp(`^info: a lock is held by "up shop/blue" \\(pid ${process.pid}\\), since \\d{4}-`));
    assert.deepEqual(more, []);
  });

  test("warns of a state file that is locked for longer than others wait", async () => {
    await placeLock("state.lock", await identityOfSelf(), "write the state file");

    assert.deepEqual(await check(), [
      `warning: the state file is locked for longer than others wait: "write the state file" (pid ${process.pid}), since ${since} -> ps -p ${process.pid}`,
    ]);
  });

  test("says what a dead process left, which nobody has to remove", async () => {
    await placeLock("id.lock", { pid: 41, startTime: "1", bootId: "an earlier boot" }, "up shop/blue");

    assert.deepEqual(await check(), [
      'info: "up shop/blue" (pid 41) ended without letting go; whoever needs its lock next takes it',
    ]);
  });

  test("names a suspended holder, with the command that lets it go on", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore", detached: true });
    const pid = child.pid ?? 0;
    try {
      const owner = await waitFor(() => identityOf(pid), { timeoutMs: 5_000 });
      assert.ok(owner);
      await placeLock("id.lock", owner, "up shop/blue");
      child.kill("SIGSTOP");
      await waitFor(async () => ((await isSuspended(pid)) ? true : null), { timeoutMs: 5_000 });

      assert.deepEqual(await check(), [
        `problem: a lock is held by a process that is suspended: "up shop/blue" (pid ${pid}), since ${since} -> kill -CONT -- -${pid}`,
      ]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("finds what is no lock and stands in the way of one; an empty directory does not", async () => {
    await mkdir(join(locks, "full.lock/inside"), { recursive: true });
    await mkdir(join(locks, "empty.lock"));
    await writeFile(join(locks, "file.lock"), "");

    assert.deepEqual(await check(), [
      "problem: LOCKS/file.lock is in the way: it is no lock, and cilo did not make it -> mv LOCKS/file.lock LOCKS/file.lock.aside",
      "problem: LOCKS/full.lock is in the way: it is no lock, and cilo did not make it -> mv LOCKS/full.lock LOCKS/full.lock.aside",
    ]);
  });

  test("says that a record is lost, as a power cut leaves it", async () => {
    await mkdir(join(locks, "id.lock"), { recursive: true });
    await writeFile(join(locks, "id.lock/owner.json"), "");

    assert.deepEqual(await check(), ["info: LOCKS/id.lock has lost its record; whoever needs it next takes it"]);
  });
});
