import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { Paths } from "../../../src/base/paths.ts";
import { identityOf, identityOfSelf, type ProcessIdentity } from "../../../src/base/process-identity.ts";
import type { StrayFile } from "../../../src/controller/reconcile/observation.ts";
import { listTraces, observeHolders, selectStrays } from "../../../src/controller/reconcile/observe-files.ts";
import { removeStray } from "../../../src/controller/reconcile/remove-stray.ts";
import { acquireLock } from "../../../src/state/lock.ts";
import { createController } from "../../support/controller.ts";
import { makeEnvironment, makeState } from "../../support/environment.ts";

const id = "0d6b1f5e-52a9-4d1c-9a2c-5b8a3f0c7d11";
const otherId = "7c1f0d8a-1b2c-4e3d-8f90-a1b2c3d4e5f6";
/** No process has such a number. */
const dead = 999_999_999;
const suffix = "0123456789ab";
const blue = makeEnvironment({ id });

/** A CILO_HOME with these files; a name that ends with a slash is a directory. */
async function makeHome(t: TestContext, files: Record<string, string>) {
  const home = await mkdtemp(join(tmpdir(), "cilo-strays-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const context = createController(home);
  await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = blue;
  });
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name);
    await mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) await writeFile(path, text);
  }
  return { home, context };
}

/** What is astray, by path. */
async function find(paths: Paths): Promise<StrayFile[]> {
  return selectStrays(await listTraces(paths), makeState([blue]));
}

async function ownerText(changes: Record<string, unknown> = {}): Promise<string> {
  return JSON.stringify({ ...(await identityOfSelf()), purpose: "up shop/blue", since: "2026", ...changes });
}

describe("files that are astray", () => {
  test("are those of processes that ended and of environments that are no more", async (t) => {
    const { home, context } = await makeHome(t, {
      [`state.json.${dead}.${suffix}.tmp`]: "{",
      [`state.json.${process.pid}.${suffix}.tmp`]: "{",
      "mine.tmp": "",
      [`run/socket.${dead}.${suffix}.tmp`]: "",
      [`locks/${id}.lock.${dead}.${suffix}.tmp/owner.json`]: "",
      [`locks/${id}.lock/owner.json`]: await ownerText({ bootId: "another" }),
      [`locks/${otherId}.lock/owner.json`]: await ownerText({ bootId: "another" }),
      [`locks/${otherId}.lock.break/`]: "",
      "locks/name-0123456789abcdef/": "",
      [`envs/shop/.blue.${dead}-${suffix}.copy/file`]: "",
      [`envs/shop/.blue.${process.pid}-${suffix}.copy/file`]: "",
      "envs/shop/blue/file": "",
      "envs/shop/kept/file": "",
      [`generated/shop/blue/override.yml.${dead}.${suffix}.tmp`]: "",
      "generated/shop/blue/override.yml": "",
      "generated/shop/gone/override.yml": "",
      "generated/shop/written/beside/data/file": "",
      [`generated/shop/aside.${dead}.${suffix}.tmp/override.yml`]: "",
      "trash/2026-11-20T120000.000Z-shop-blue-0d6b1f5e/volumes/data.tar": "",
      "trash/2026-11-20T120001.000Z-shop-blue-0d6b1f5e/entry.json": "damaged",
      "trash/mine/file": "",
    });

    const found = await find(context.paths);

    assert.deepEqual(
      found.map(({ kind, path, pid, holdsData }) => [kind, relative(home, path), pid, holdsData]),
      [
        ["copy", `envs/shop/.blue.${dead}-${suffix}.copy`, dead, false],
        ["temp", `generated/shop/aside.${dead}.${suffix}.tmp`, dead, false],
        ["temp", `generated/shop/blue/override.yml.${dead}.${suffix}.tmp`, dead, false],
        ["generated", "generated/shop/gone", null, false],
        ["generated", "generated/shop/written", null, true],
        ["temp", `locks/${id}.lock.${dead}.${suffix}.tmp`, dead, false],
        ["lock", `locks/${otherId}.lock`, process.pid, false],
        ["lock", `locks/${otherId}.lock.break`, null, false],
        ["temp", `run/socket.${dead}.${suffix}.tmp`, dead, false],
        ["temp", `state.json.${dead}.${suffix}.tmp`, dead, false],
        ["trash", "trash/2026-11-20T120000.000Z-shop-blue-0d6b1f5e", null, false],
      ],
    );
  });

  test("are removed, each alone, and nothing else", async (t) => {
    const { home, context } = await makeHome(t, {
      [`run/socket.${dead}.${suffix}.tmp`]: "",
      [`locks/${otherId}.lock/owner.json`]: await ownerText({ bootId: "another" }),
      [`locks/${otherId}.lock.break/owner.json`]: await ownerText({ bootId: "another" }),
      [`envs/shop/.blue.${dead}-${suffix}.copy/file`]: "",
      "envs/shop/blue/file": "",
      "generated/shop/gone/override.yml": "",
      "generated/shop/blue/override.yml": "",
      "trash/2026-11-20T120000.000Z-shop-blue-0d6b1f5e/volumes/data.tar": "",
      "trash/2026-11-20T120001.000Z-shop-blue-0d6b1f5e/entry.json": "damaged",
    });
    const strays = await find(context.paths);

    for (const file of strays) await removeStray(context, file);

    assert.deepEqual(await find(context.paths), []);
    const left = (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.deepEqual(left.map(({ parentPath, name }) => relative(home, join(parentPath, name))).sort(), [
      "envs/shop/blue/file",
      "generated/shop/blue/override.yml",
      "state.json",
      "trash/2026-11-20T120001.000Z-shop-blue-0d6b1f5e/entry.json",
    ]);
  });

  test("stay when they are not astray any more", async (t) => {
    const { context } = await makeHome(t, { "generated/shop/gone/override.yml": "" });
    const strays = await find(context.paths);
    await context.store.update((draft) => {
      draft.hosts.local.environments["shop/gone"] = makeEnvironment({ id: otherId, name: "gone" });
    });

    for (const file of strays) await removeStray(context, file);

    assert.equal(strays.length, 1);
    assert.deepEqual(await readdir(join(context.paths.generated, "shop/gone")), ["override.yml"]);
  });

  test("an installation that has no files yet has none", async (t) => {
    const { context } = await makeHome(t, {});
    await rm(context.paths.home, { recursive: true });

    assert.deepEqual(await find(context.paths), []);
    assert.deepEqual(await observeHolders(context.paths), {});
  });
});

test("an environment's lock is held by a living process other than this one", async (t) => {
  const init = { ...(await identityOfParent()), purpose: "up shop/blue", since: "2026" };
  const { context } = await makeHome(t, {
    [`locks/${id}.lock/owner.json`]: JSON.stringify(init),
    [`locks/${otherId}.lock.break/owner.json`]: JSON.stringify(init),
    "locks/state.lock/owner.json": JSON.stringify(init),
  });
  await using _own = await acquireLock(join(context.paths.locks, `${otherId}.lock`), { purpose: "x", timeoutMs: 0 });

  assert.deepEqual(await observeHolders(context.paths), { [id]: { pid: init.pid, purpose: "up shop/blue" } });
});

async function identityOfParent(): Promise<ProcessIdentity> {
  const identity = await identityOf(process.ppid);
  assert.ok(identity);
  return identity;
}
