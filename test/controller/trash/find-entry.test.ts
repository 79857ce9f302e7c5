import assert from "node:assert/strict";
import { test } from "node:test";
import { entryNameOf, type TrashEntry } from "../../../src/controller/trash/entry.ts";
import { findEntry } from "../../../src/controller/trash/find-entry.ts";
import { makeEnvironment } from "../../support/environment.ts";

function entry(project: string, name: string, day: number): TrashEntry {
  const environment = makeEnvironment({ project, name });
  const createdAt = new Date(Date.UTC(2026, 10, day));
  const record = {
    version: 1 as const,
    createdAt: createdAt.toISOString(),
    installation: "i",
    environment,
    work: null,
    keptWorkspace: false,
    hasStandIns: false,
    volumes: [],
    leftOut: [],
    sizeBytes: 0,
  };
  const title = entryNameOf(environment, createdAt);
  return { name: title, path: `/trash/${title}`, createdAt, record, isFinished: true, isInUse: false };
}

const entries = [
  entry("shop", "login", 1),
  entry("shop", "login", 3),
  entry("shop", "cart", 2),
  entry("web", "cart", 2),
];

test("finds the latest entry of an environment, and any by its own name", () => {
  assert.equal(findEntry(entries, { text: "shop/login", project: null }), entries[1]);
  assert.equal(findEntry(entries, { text: "login", project: null }), entries[1]);
  assert.equal(findEntry(entries, { text: "cart", project: "web" }), entries[3]);
  assert.equal(findEntry(entries, { text: entries[0]?.name ?? "", project: null }), entries[0]);
});

test("refuses a name that several projects have, and one that none has", () => {
  assert.throws(() => findEntry(entries, { text: "cart", project: null }), { code: "CILO_ENVIRONMENT_AMBIGUOUS" });
  assert.throws(() => findEntry(entries, { text: "other", project: null }), { code: "CILO_TRASH_ENTRY_NOT_FOUND" });
});

test("an entry that was never finished is not found", () => {
  const half = entries.map((found) => ({ ...found, record: null, isFinished: false }));

  assert.throws(() => findEntry(half, { text: "login", project: null }), { code: "CILO_TRASH_ENTRY_NOT_FOUND" });
});
