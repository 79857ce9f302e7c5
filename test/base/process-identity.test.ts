import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { identityOf, identityOfSelf, isAlive } from "../../src/base/process-identity.ts";

test("this process is alive, another start time or boot of the same pid is not", async () => {
  const self = await identityOfSelf();

  assert.equal(await isAlive(self), true);
  assert.equal(await isAlive({ ...self, startTime: `${self.startTime}0` }), false);
  assert.equal(await isAlive({ ...self, bootId: "another" }), false);
});

test("a process that ended is not alive", async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
  const identity = await identityOf(child.pid ?? 0);
  assert.ok(identity);
  assert.equal(await isAlive(identity), true);

  child.kill("SIGKILL");
  await once(child, "exit");

  assert.equal(await isAlive(identity), false);
  assert.equal(await identityOf(identity.pid), null);
});
