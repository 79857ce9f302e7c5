import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { beginEnvironmentOperation } from "../../src/controller/operation.ts";
import type { Operation } from "../../src/model/environment.ts";
import { createController } from "../support/controller.ts";
import { makeEnvironment } from "../support/environment.ts";

const id = "0d6b1f5e-52a9-4d1c-9a2c-5b8a3f0c7d11";

function journal(kind: Operation["kind"], pid = 41): Operation {
  const process = { pid, startTime: "1", bootId: "of-another-boot" };
  return { kind, ...process, child: null, step: "compose-down", startedAt: "2026-11-20T12:00:00.000Z" };
}

/** An installation whose one environment has this journal. */
async function makeInstallation(t: TestContext, operation: Operation | null) {
  const home = await mkdtemp(join(tmpdir(), "cilo-operation-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const context = createController(home);
  await context.store.update((draft) => {
    draft.hosts.local.environments["shop/blue"] = makeEnvironment({ id, operation });
  });
  const read = async () => (await context.store.read()).hosts.local.environments["shop/blue"]?.operation;
  return { context, read };
}

describe("an operation that is to go on with one that died", () => {
  for (const operation of [journal("down"), null]) {
    test(`begins when that is what it finds (${operation?.kind ?? "a closed journal"})`, async (t) => {
      const { context, read } = await makeInstallation(t, operation);

      const begun = await beginEnvironmentOperation(context, {
        ...{ environmentId: id, kind: "down", noWait: true, resumes: operation },
      });

      assert.deepEqual(begun.interrupted, operation);
      await begun.finish();
      assert.equal(await read(), null);
    });
  }

  for (const [what, found, resumes] of [
    ["another one", journal("up", 42), journal("down")],
    ["one of another kind by the same process", journal("up"), journal("down")],
    ["one where the journal was closed", journal("up"), null],
    ["none any more", null, journal("down")],
  ] as const) {
    test(`gives up when it finds ${what}, and leaves the journal as it was`, async (t) => {
      const { context, read } = await makeInstallation(t, found);

      const begun = beginEnvironmentOperation(context, { environmentId: id, kind: "down", noWait: true, resumes });

      await assert.rejects(begun, { code: "CILO_OPERATION_IN_PROGRESS" });
      assert.deepEqual(await read(), found);
      const next = await beginEnvironmentOperation(context, { environmentId: id, kind: "up", noWait: true });
      await next.release();
    });
  }
});
