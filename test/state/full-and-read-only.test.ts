import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import { createStateStore } from "../../src/state/store.ts";

/** A CILO_HOME on a file system of 64 KiB of its own, or null where one cannot be mounted; the test is then skipped. */
async function createSmallHome(t: TestContext): Promise<Paths | null> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    t.skip("needs root on Linux to mount a small file system");
    return null;
  }
  const folder = await mkdtemp(join(tmpdir(), "cilo-state-"));
  // One hook for both: hooks run in the order they were given, and a mount point cannot be removed.
  t.after(async () => {
    spawnSync("/bin/umount", ["--lazy", folder]);
    await rmdir(folder);
  });
  const { status, stderr } = mount("-t", "tmpfs", "-o", "size=64k", "cilo-state-small", folder);
  if (status !== 0) {
    t.skip(`cannot mount a small file system: ${stderr}`);
    return null;
  }
  return resolvePaths({ CILO_HOME: join(folder, "home") });
}

function mount(...args: string[]) {
  return spawnSync("/bin/mount", args, { encoding: "utf8" });
}

test("a disk that fills up while state is written leaves the old state, and no debris", async (t) => {
  const paths = await createSmallHome(t);
  if (paths === null) return;
  const store = createStateStore({ paths });
  await store.update(() => {});
  const before = await readFile(paths.stateFile);

  const update = store.update((draft) => {
    draft.sharedNetworks.large = "x".repeat(100_000);
  });

  await assert.rejects(update, { code: "CILO_DISK_FULL", exitCode: 3, hint: /^run "df -h / });
  assert.deepEqual(await readFile(paths.stateFile), before);
  assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json"]);
  assert.deepEqual(await readdir(paths.locks), []);
  assert.equal((await store.update(() => {})).state.revision, 2);
});

test("a disk that is full already is told as that, and state can be read", async (t) => {
  const paths = await createSmallHome(t);
  if (paths === null) return;
  const store = createStateStore({ paths });
  await store.update(() => {});
  await assert.rejects(writeFile(join(paths.home, "ballast"), "x".repeat(100_000)), { code: "ENOSPC" });

  const update = store.update(() => {});

  await assert.rejects(update, { code: "CILO_DISK_FULL" });
  assert.equal((await store.read()).revision, 1);
  assert.deepEqual(await readdir(paths.locks), []);
});

test("a home that is mounted read-only can be read and not written", async (t) => {
  const paths = await createSmallHome(t);
  if (paths === null) return;
  const store = createStateStore({ paths });
  await store.update(() => {});
  assert.equal(mount("-o", "remount,ro", join(paths.home, "..")).status, 0);

  const update = store.update(() => {});

  await assert.rejects(update, { code: "CILO_HOME_NOT_WRITABLE", exitCode: 3, message: /EROFS/ });
  assert.equal((await store.read()).revision, 1);
});
