import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Paths } from "../../src/base/paths.ts";
import { waitFor } from "../../src/base/wait.ts";
import { createStateStore } from "../../src/state/store.ts";
import { isSuspended } from "../../src/state/suspension.ts";
import { type Faults, toFaultVariables } from "../support/faults.ts";
import { addEnvironment, createTemporaryHome } from "./temporary-home.ts";

const adder = fileURLToPath(new URL("../crash/state-adder.ts", import.meta.url));

/**
 * Every place of a write at which the writer may be suspended, from the first moment that it holds the lock to the last
 * before it replaces the file.
 */
const points = ["state.lock-taken", "state.read", "file.synced", "state.replacing"];

interface Writer {
  child: ChildProcess;
  pid: number;
  /** Its exit code and what it wrote on stderr. */
  ended: Promise<{ code: number | null; stderr: string }>;
}

/** A process that adds an environment to the state file. */
function startWriter(t: TestContext, paths: Paths, name: string, faults: Faults): Writer {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", adder, paths.home, name], {
    env: { ...process.env, ...toFaultVariables(faults) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  assert.ok(child.pid);
  return { child, pid: child.pid, ended: once(child, "close").then(([code]) => ({ code, stderr })) };
}

async function add(paths: Paths, name: string, lockTimeoutMs?: number): Promise<void> {
  const store = createStateStore({ paths, ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }) });
  await store.update((draft) => addEnvironment(draft, { id: name, name }));
}

async function namesIn(paths: Paths): Promise<string[]> {
  const { hosts } = await createStateStore({ paths }).read();
  return Object.values(hosts.local.environments).map(({ name }) => name);
}

for (const point of points) {
  test(`a writer suspended at ${point} is named to others, and writes when it goes on`, async (t) => {
    const paths = await createTemporaryHome(t);
    const suspended = startWriter(t, paths, "first", { at: { point, passing: 1, signal: "SIGSTOP" } });
    assert.ok(await waitFor(async () => (await isSuspended(suspended.pid)) || null, { timeoutMs: 20_000 }));

    await assert.rejects(add(paths, "second", 50), {
      code: "CILO_LOCKED",
      message: new RegExp(`pid ${suspended.pid}, which is suspended, holds it`),
    });
    suspended.child.kill("SIGCONT");

    assert.deepEqual(await suspended.ended, { code: 0, stderr: "" });
    assert.deepEqual(await namesIn(paths), ["first"]);
  });

  test(`a writer suspended at ${point} whose lock is removed by hand does not write over another's work`, async (t) => {
    const paths = await createTemporaryHome(t);
    await add(paths, "kept");
    const robbed = startWriter(t, paths, "robbed", { at: { point, passing: 1, signal: "SIGSTOP" } });
    assert.ok(await waitFor(async () => (await isSuspended(robbed.pid)) || null, { timeoutMs: 20_000 }));
    await rm(join(paths.locks, "state.lock"), { recursive: true });
    await add(paths, "another");

    robbed.child.kill("SIGCONT");
    const { code, stderr } = await robbed.ended;

    assert.equal(code, 1, stderr);
    assert.match(stderr, /CILO_LOCKED/);
    assert.deepEqual(await namesIn(paths), ["kept", "another"]);
  });
}
