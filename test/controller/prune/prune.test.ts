import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { applyPrune, planPrune } from "../../../src/controller/prune/prune.ts";
import { entryNameOf } from "../../../src/controller/trash/entry.ts";
import { useEntry } from "../../../src/controller/trash/entry-user.ts";
import { createControllerWithoutEngine } from "../../support/controller.ts";
import { makeEnvironment } from "../../support/environment.ts";

/** An installation without an engine, with an empty directory in its trash for each of these. */
async function makeInstallation(t: TestContext, names: readonly string[]) {
  const context = await createControllerWithoutEngine(t);
  const { home } = context.paths;
  const now = context.clock.now();
  const entries = names.map((name) => entryNameOf(makeEnvironment({ name }), now));
  for (const entry of entries) await mkdir(join(home, "trash", entry), { recursive: true });
  return { context, trash: join(home, "trash"), entries };
}

test("an entry that a later version wrote is not taken for an unfinished one", async (t) => {
  const { context, trash, entries } = await makeInstallation(t, ["later", "half"]);
  const [later = "", half = ""] = entries;
  await writeFile(join(trash, later, "entry.json"), '{ "version": 2 }');

  const young = await planPrune(context, { allTrash: false });
  const all = await planPrune(context, { allTrash: true });

  const isUnfinished = "it was not finished, so nothing can be restored from it";
  assert.deepEqual(
    young.items.map(({ name, cause }) => [name, cause]),
    [[half, isUnfinished]],
  );
  assert.deepEqual(
    new Map(all.items.map(({ name, cause }) => [name, cause === isUnfinished])),
    new Map([
      [half, true],
      [later, false],
    ]),
  );
});

test("an entry that is being restored by the time it would go stays", async (t) => {
  const { context, trash, entries } = await makeInstallation(t, ["blue"]);
  const [entry = ""] = entries;
  await writeFile(join(trash, entry, "entry.json"), '{ "version": 2 }');
  const plan = await planPrune(context, { allTrash: true });

  await using _use = await useEntry(join(trash, entry));
  const { removed, failed } = await applyPrune(context, plan);

  assert.equal(plan.items.length, 1);
  assert.deepEqual([removed, failed], [[], []]);
  assert.ok(existsSync(join(trash, entry, "entry.json")));
});
