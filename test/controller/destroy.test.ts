import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { destroyEnvironment } from "../../src/controller/destroy.ts";
import { planDestroy } from "../../src/controller/plan-destroy.ts";
import type { Environment } from "../../src/model/environment.ts";
import { createControllerWithoutEngine } from "../support/controller.ts";
import { makeEnvironment } from "../support/environment.ts";

const id = "0d6b1f5e-52a9-4d1c-9a2c-5b8a3f0c7d11";

/** An environment that never ran, whose workspace has work in it; there is no engine. */
async function makeInstallation(t: TestContext, changes: Partial<Environment>) {
  const context = await createControllerWithoutEngine(t);
  const { home } = context.paths;
  const environment = makeEnvironment({ id, source: join(home, "nowhere"), status: "created", ...changes });
  await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = environment;
  });
  const workspace = join(home, "envs/shop/blue");
  await mkdir(workspace, { recursive: true });
  await writeFile(join(workspace, "draft"), "half a sentence\n");
  return { home, context, workspace };
}

test("work in a workspace whose creation was cut off when it was whole already is saved", async (t) => {
  const dead = { pid: 41, startTime: "1", bootId: "of-another-boot", child: null };
  const operation = { ...dead, kind: "create", step: "copy", startedAt: "2026-11-20T12:00:00.000Z" } as const;
  const { home, context } = await makeInstallation(t, { operation });

  const { undo } = await destroyEnvironment(context, {
    ...{ environmentId: id, noWait: true, keepWorkspace: false, force: true },
  });

  assert.deepEqual(await readdir(join(home, "trash")), [undo?.entry]);
});

describe("a destruction that is repeated", () => {
  test("goes on keeping the workspace that it was begun with keeping", async (t) => {
    const destruction = { keepWorkspace: true, undo: true };
    const { context, workspace } = await makeInstallation(t, { status: "destroying", destruction });

    const plan = await planDestroy(context, { environmentId: id, keepWorkspace: false, undo: true });
    const { keptWorkspace } = await destroyEnvironment(context, {
      ...{ environmentId: id, noWait: true, keepWorkspace: false, force: true },
    });

    assert.equal(plan.workspace, null);
    assert.equal(keptWorkspace, workspace);
    assert.ok(existsSync(join(workspace, "draft")));
    assert.deepEqual((await context.store.read()).hosts.local.environments, {});
  });

  test("tells of the undo that was saved before it was cut off", async (t) => {
    const { context } = await makeInstallation(t, {});
    const options = { environmentId: id, noWait: true, keepWorkspace: false, force: true };
    const environment = (await context.store.read()).hosts.local.environments["shop/blue"];
    const { undo: saved } = await destroyEnvironment(context, options);
    await context.store.update((draft) => {
      const half = makeEnvironment({ ...environment, status: "destroying" });
      draft.hosts.local.environments["shop/blue"] = { ...half, destruction: { keepWorkspace: false, undo: true } };
    });

    const { undo } = await destroyEnvironment(context, options);

    assert.notEqual(saved, null);
    assert.deepEqual(undo, saved);
  });

  test("is chosen anew where nothing was removed yet, and saves the work then", async (t) => {
    const { home, context, workspace } = await makeInstallation(t, {
      destruction: { keepWorkspace: true, undo: true },
    });

    const plan = await planDestroy(context, { environmentId: id, keepWorkspace: false, undo: true });
    const { undo } = await destroyEnvironment(context, {
      ...{ environmentId: id, noWait: true, keepWorkspace: false, force: true },
    });

    assert.deepEqual([plan.workspace, plan.protected], [workspace, ["1 uncommitted file: draft"]]);
    assert.equal(existsSync(workspace), false);
    assert.deepEqual(await readdir(join(home, "trash")), [undo?.entry]);
  });
});
