import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { ControllerContext } from "../../../src/controller/context.ts";
import { applyPlan, planReconciliation } from "../../../src/controller/reconcile/reconcile.ts";
import type { ContainerFacts } from "../../../src/model/engine.ts";
import { labelKeys } from "../../../src/model/labels.ts";
import type { RuntimeProvider } from "../../../src/runtime/provider.ts";
import { createController } from "../../support/controller.ts";
import { containerOf, ended, runningEnvironment } from "./machine.ts";

const facts = { endpoint: "unix:///engine.sock", id: "engine", unreachableBecause: null };

interface World {
  context: ControllerContext;
  /** What the engine has; a test changes it. */
  containers: ContainerFacts[];
}

/** An installation without environments, and an engine with one container that it has left there, which has ended. */
async function makeWorld(t: TestContext): Promise<World> {
  const home = await mkdtemp(join(tmpdir(), "cilo-apply-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const containers: ContainerFacts[] = [];
  const engine = {
    endpoint: facts.endpoint,
    info: async () => facts,
    listContainers: async () => [...containers],
    listNetworks: async () => [],
    listVolumes: async () => [],
    inspectContainer: async () => null,
    async removeContainer(id: string) {
      containers.splice(
        containers.findIndex((container) => container.id === id),
        1,
      );
    },
    async [Symbol.asyncDispose]() {},
  } as unknown as RuntimeProvider;
  const context = createController(home, {
    resolveEndpoint: async () => ({ endpoint: facts.endpoint, source: "a test" }),
    openRuntime: () => engine,
  });
  const { state } = await context.store.update(() => {});
  const gone = ended(containerOf(runningEnvironment("gone", 9), "web"));
  containers.push({ ...gone, labels: { ...gone.labels, [labelKeys.installation]: state.installation } });
  return { context, containers };
}

describe("a step of a plan", () => {
  test("is done while it is what was agreed to", async (t) => {
    const { context, containers } = await makeWorld(t);
    const plan = await planReconciliation(context);

    const { done, failed } = await applyPlan(context, plan);

    assert.deepEqual([done, failed, containers], [plan.steps, [], []]);
  });

  test("is not done when it would lose something that nobody was told of", async (t) => {
    const { context, containers } = await makeWorld(t);
    const plan = await planReconciliation(context);
    const started = containers.map((container): ContainerFacts => ({ ...container, state: "running" }));
    containers.splice(0, 1, ...started);

    const { done, failed } = await applyPlan(context, plan);

    assert.deepEqual([done, containers], [[], started]);
    assert.deepEqual(
      failed.map(({ error: { code, message } }) => [code, message]),
      [
        [
          "CILO_NOT_CONFIRMED",
          "container cilo-shop-gone-web-1 stays, as more would be lost by now than was said: left of shop/gone, which is no more; it runs",
        ],
      ],
    );
  });

  test("is done all the same when losses were agreed to", async (t) => {
    const { context, containers } = await makeWorld(t);
    const { steps } = await planReconciliation(context);
    containers.splice(0, 1, ...containers.map((container): ContainerFacts => ({ ...container, state: "running" })));

    const { failed } = await applyPlan(context, { steps: steps.map((step) => ({ ...step, destructive: true })) });

    assert.deepEqual([failed, containers], [[], []]);
  });
});
