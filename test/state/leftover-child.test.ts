import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { identityOf, type ProcessIdentity } from "../../src/base/process-identity.ts";
import { endLeftoverChild } from "../../src/state/leftover-child.ts";

/** Starts a shell program, which leads a process group unless told otherwise and says when it is set up. */
async function startShell(
  t: TestContext,
  program: string,
  { leadsGroup = true }: { leadsGroup?: boolean } = {},
): Promise<{ child: ProcessIdentity; line: string }> {
  const shell = spawn("/bin/sh", ["-c", program], { detached: leadsGroup, stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(createInterface({ input: shell.stdout }), "line");
  const child = await identityOf(shell.pid ?? 0);
  assert.ok(child);
  t.after(() => {
    if (shell.exitCode === null && shell.signalCode === null) shell.kill("SIGKILL");
  });
  return { child, line };
}

test("kills what does not end by itself, the rest of its group with it", async (t) => {
  const { child, line } = await startShell(t, "trap '' TERM; sleep 600 & echo $!; while :; do wait; done");

  await endLeftoverChild(child, { graceMs: 50 });

  assert.equal(await identityOf(child.pid), null);
  assert.equal(await identityOf(Number(line)), null);
});

test("ends what it has started as well, though neither the child nor its children hand a signal on", async (t) => {
  const program =
    'sh -c "trap : TERM; sleep 600 & echo \\$!; while :; do wait; done" & trap : TERM; while :; do wait; done';
  const { child, line } = await startShell(t, program, { leadsGroup: false });

  await endLeftoverChild(child, { graceMs: 50 });

  assert.equal(await identityOf(child.pid), null);
  assert.equal(await identityOf(Number(line)), null);
});

test("leaves time to end properly", async (t) => {
  const { child } = await startShell(t, "trap 'sleep 0.2; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
  const shell = identityOf(child.pid);

  await endLeftoverChild(child, { graceMs: 10_000 });

  assert.ok(await shell);
  assert.equal(await identityOf(child.pid), null);
});

test("does nothing to a process that was started at another time, or before the last boot", async (t) => {
  const { child } = await startShell(t, "echo ready; exec sleep 600");

  await endLeftoverChild({ ...child, startTime: "1" }, { graceMs: 50 });
  await endLeftoverChild({ ...child, bootId: "another" }, { graceMs: 50 });

  assert.deepEqual(await identityOf(child.pid), child);
});

test("stops waiting with the signal's reason", async (t) => {
  const { child } = await startShell(t, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  const reason = new Error("Ctrl-C");

  await assert.rejects(endLeftoverChild(child, { signal: AbortSignal.abort(reason) }), reason);
});
