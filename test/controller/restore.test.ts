import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { destroyEnvironment } from "../../src/controller/destroy.ts";
import { takeDown } from "../../src/controller/down.ts";
import { restoreEnvironment } from "../../src/controller/restore.ts";
import { findEntry } from "../../src/controller/trash/find-entry.ts";
import { listTrash } from "../../src/controller/trash/list-trash.ts";
import { createControllerWithoutEngine } from "../support/controller.ts";
import { makeEnvironment } from "../support/environment.ts";

const id = "0d6b1f5e-52a9-4d1c-9a2c-5b8a3f0c7d11";

/** Destroys an environment that never ran and keeps its files; there is no engine. */
async function makeDestroyed(t: TestContext) {
  const context = await createControllerWithoutEngine(t);
  const { home } = context.paths;
  const source = join(home, "nowhere");
  await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = makeEnvironment({ id, source, status: "created" });
  });
  const workspace = join(home, "envs/shop/blue");
  await mkdir(workspace, { recursive: true });
  await writeFile(join(workspace, "draft"), "half a sentence\n");
  await destroyEnvironment(context, { environmentId: id, noWait: true, keepWorkspace: true, force: true });
  const entry = findEntry(await listTrash(context.paths), { text: "shop/blue", project: null });
  const keys = async () => Object.keys((await context.store.read()).hosts.local.environments);
  return { context, entry, workspace, keys };
}

describe("an environment whose files were kept", () => {
  test("comes back with them", async (t) => {
    const { context, entry, workspace, keys } = await makeDestroyed(t);

    await restoreEnvironment(context, { entry, name: null });

    assert.deepEqual(await keys(), ["shop/blue"]);
    assert.ok(existsSync(join(workspace, "draft")));
    assert.deepEqual(await listTrash(context.paths), []);
  });

  test("comes back by no other name, and the refusal says where they are", async (t) => {
    const { context, entry, workspace, keys } = await makeDestroyed(t);

    const restoring = restoreEnvironment(context, { entry, name: "green" });

    await assert.rejects(restoring, {
      code: "CILO_RESTORE_FAILED",
      message: `shop/blue can come back by that name only: its files are in ${workspace}`,
      hint: `run "cilo restore ${entry.name}"`,
    });
    assert.deepEqual(await keys(), []);
    assert.equal((await listTrash(context.paths)).length, 1);
  });
});

test("an entry that another process restored or removed meanwhile is told as that", async (t) => {
  const { context, entry } = await makeDestroyed(t);
  await rm(entry.path, { recursive: true });

  await assert.rejects(restoreEnvironment(context, { entry, name: null }), { code: "CILO_TRASH_ENTRY_NOT_FOUND" });
});

const dead = {
  pid: 41,
  startTime: "1",
  bootId: "of-another-boot",
  child: null,
  startedAt: "2026-11-20T12:00:00.000Z",
};

test("down of what was cut off while it was restored says how to restore it", async (t) => {
  const { context } = await makeDestroyed(t);
  await context.store.update((draft) => {
    const operation = { ...dead, kind: "create", step: "restore" } as const;
    draft.hosts.local.environments["shop/red"] = makeEnvironment({ id: "red", name: "red", operation });
  });

  const taking = takeDown(context, { environmentId: "red", noWait: true });

  await assert.rejects(taking, { code: "CILO_ENVIRONMENT_NOT_FOUND", hint: 'run "cilo restore shop/red"' });
});

describe("an environment whose files were kept, cut off while it was restored", () => {
  async function makeCutOff(t: TestContext) {
    const destroyed = await makeDestroyed(t);
    await destroyed.context.store.update((draft) => {
      const operation = { ...dead, kind: "create", step: "restore-beside-files" } as const;
      draft.hosts.local.environments["shop/blue"] = makeEnvironment({ id, status: "failed", operation });
    });
    return destroyed;
  }

  test("comes back by the same command", async (t) => {
    const { context, entry, workspace } = await makeCutOff(t);

    const { environment } = await restoreEnvironment(context, { entry, name: null });

    assert.deepEqual([environment.status, environment.operation, environment.lastError], ["created", null, null]);
    assert.ok(existsSync(join(workspace, "draft")));
  });

  test("is not taken for whole, and its files stay", async (t) => {
    const { context, workspace, keys } = await makeCutOff(t);

    const taking = takeDown(context, { environmentId: id, noWait: true });

    await assert.rejects(taking, { code: "CILO_ENVIRONMENT_NOT_FOUND", hint: 'run "cilo restore shop/blue"' });
    assert.deepEqual(await keys(), []);
    assert.ok(existsSync(join(workspace, "draft")));
  });

  test("is destroyed with a way back for its files", async (t) => {
    const { context } = await makeCutOff(t);

    const { undo } = await destroyEnvironment(context, {
      environmentId: id,
      noWait: true,
      keepWorkspace: false,
      force: true,
    });

    assert.notEqual(undo, null);
  });
});
