import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import type { ControllerContext } from "../../../src/controller/context.ts";
import { observe } from "../../../src/controller/reconcile/observe.ts";
import { applyPlan, planReconciliation } from "../../../src/controller/reconcile/reconcile.ts";
import type { Environment } from "../../../src/model/environment.ts";
import { createController } from "../../support/controller.ts";
import { makeEnvironment } from "../../support/environment.ts";

const noEngine = new CiloError("CILO_ENGINE_UNREACHABLE", "no engine answers");
const id = "0d6b1f5e-52a9-4d1c-9a2c-5b8a3f0c7d11";
const journal = {
  kind: "create",
  pid: 41,
  startTime: "1",
  bootId: "of-another-boot",
  child: null,
  step: "copy",
  startedAt: "2026-11-20T12:00:00.000Z",
} as const;

/** An installation with one environment, on a machine without an engine. */
async function makeInstallation(t: TestContext, changes: Partial<Environment> = {}): Promise<ControllerContext> {
  const home = await mkdtemp(join(tmpdir(), "cilo-observe-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const context = createController(home, {
    resolveEndpoint: async () => ({ endpoint: "unix:///nowhere", source: "a test" }),
    openRuntime: () => {
      throw noEngine;
    },
  });
  await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = makeEnvironment({ id, status: "created", ...changes });
  });
  return context;
}

describe("observing", () => {
  test("takes an engine that cannot be asked, and a daemon that does not run, for facts", async (t) => {
    const context = await makeInstallation(t);

    const { engine, daemon, traces } = await observe(context);

    assert.deepEqual([engine, daemon], [{ problem: "no engine answers" }, null]);
    assert.deepEqual(traces[id], {
      isOperationAlive: false,
      isChildAlive: false,
      workspace: join(context.paths.envs, "shop/blue"),
      hasWorkspace: false,
    });
  });

  test("looks again when state was written meanwhile: an operation that ended is none that was cut off", async (t) => {
    const context = await makeInstallation(t, { operation: journal });
    let reads = 0;
    const store: ControllerContext["store"] = {
      ...context.store,
      async read() {
        reads += 1;
        const state = await context.store.read();
        if (reads === 2) {
          await context.store.update((draft) => {
            draft.hosts.local.environments["shop/blue"] = makeEnvironment({ id, status: "created" });
          });
        }
        return state;
      },
    };

    const { state } = await observe({ ...context, store });

    assert.equal(state.hosts.local.environments["shop/blue"]?.operation, null);
  });

  test("does not look for ever where others never stop writing", async (t) => {
    const context = await makeInstallation(t);
    const store: ControllerContext["store"] = {
      ...context.store,
      async read() {
        await context.store.update(() => {});
        return await context.store.read();
      },
    };

    assert.ok((await observe({ ...context, store })).state.revision > 1);
  });
});

describe("applying a plan without an engine", () => {
  test("undoes half a creation and finishes a whole one, once", async (t) => {
    const context = await makeInstallation(t, { operation: journal });
    const half = join(context.paths.envs, "shop", ".blue.999999999-0123456789ab.copy");
    await mkdir(half, { recursive: true });
    const whole = "7c1f0d8a-1b2c-4e3d-8f90-a1b2c3d4e5f6";
    await mkdir(join(context.paths.envs, "shop/green"), { recursive: true });
    await context.store.update((draft) => {
      draft.hosts.local.environments["shop/green"] = makeEnvironment({
        ...{ id: whole, name: "green", status: "created", operation: journal },
      });
    });
    const plan = await planReconciliation(context);

    const first = await applyPlan(context, plan);
    const second = await applyPlan(context, plan);

    const { environments } = (await context.store.read()).hosts.local;
    assert.deepEqual(
      plan.steps.map(({ action, subject }) => [action, subject]),
      [
        ["undo-creation", "shop/blue"],
        ["finish-creation", "shop/green"],
        ["remove-files", `file ${half}`],
      ],
    );
    assert.deepEqual([first.failed, second.failed, second.done.length], [[], [], 3]);
    assert.deepEqual(
      Object.values(environments).map(({ name, operation }) => [name, operation]),
      [["green", null]],
    );
    assert.deepEqual((await planReconciliation(context)).steps, []);
  });

  test("goes on after a step that fails, and says which one", async (t) => {
    const context = await makeInstallation(t, { operation: journal });
    const plan = await planReconciliation(context);
    const unreadable = { ...context, openRuntime: context.openRuntime, store: brokenStore(context) };

    const { done, failed } = await applyPlan(unreadable, plan);

    assert.deepEqual(done, []);
    assert.deepEqual(
      failed.map(({ step, error }) => [step.action, error.code]),
      [["undo-creation", "CILO_DISK_FULL"]],
    );
  });

  test("stops when it is interrupted", async (t) => {
    const context = await makeInstallation(t, { operation: journal });
    const plan = await planReconciliation(context);
    const interrupted = new CiloError("CILO_INTERRUPTED", "interrupted");

    await assert.rejects(() => applyPlan({ ...context, signal: AbortSignal.abort(interrupted) }, plan), interrupted);
  });
});

function brokenStore({ store }: ControllerContext): ControllerContext["store"] {
  return {
    ...store,
    update: () => Promise.reject(new CiloError("CILO_DISK_FULL", "cannot write the state file: the disk is full")),
  };
}
