import assert from "node:assert/strict";
import { test } from "node:test";
import { makeWay } from "../../src/controller/create.ts";
import { createControllerWithoutEngine } from "../support/controller.ts";
import { makeEnvironment } from "../support/environment.ts";

const names = { project: "shop", name: "blue" };
const ended = { pid: 41, startTime: "1", bootId: "of-another-boot", child: null };
const operation = { ...ended, kind: "create", step: "copy", startedAt: "2026-11-20T12:00:00.000Z" } as const;

test("a creation whose process has ended since state was read, because it was done, is one that exists", async (t) => {
  const context = await createControllerWithoutEngine(t);
  const { state } = await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = makeEnvironment({ ...names, operation });
  });
  const before = structuredClone(state);
  await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = makeEnvironment({ ...names, status: "created" });
  });

  await assert.rejects(makeWay(context, before, names), { code: "CILO_ENVIRONMENT_EXISTS" });
});

test("a creation that died is undone, and its name is free", async (t) => {
  const context = await createControllerWithoutEngine(t);
  const { state } = await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = makeEnvironment({ ...names, operation });
  });

  await makeWay(context, state, names);

  assert.deepEqual((await context.store.read()).hosts.local.environments, {});
});
