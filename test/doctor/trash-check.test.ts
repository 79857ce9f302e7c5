import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TrashEntry } from "../../src/controller/trash/entry.ts";
import { judgeTrash, trashCheck } from "../../src/doctor/trash-check.ts";
import { makeSurvey, toLines } from "./survey.ts";

const mebibyte = 1024 * 1024;
const now = new Date("2026-11-20T12:00:00Z");
const limits = { keepDays: 7, maxSizeBytes: 1024 * mebibyte };

function entry(createdAt: string, sizeBytes: number | null): TrashEntry {
  const record = sizeBytes === null ? null : { sizeBytes };
  const facts = { isFinished: record !== null, isInUse: false };
  return { name: createdAt, path: createdAt, createdAt: new Date(createdAt), record, ...facts } as TrashEntry;
}

describe("the check of the trash", () => {
  const young = entry("2026-11-19T12:00:00Z", 300 * mebibyte);
  const younger = entry("2026-11-20T11:00:00Z", 800 * mebibyte);
  const old = entry("2026-11-01T12:00:00Z", 10 * mebibyte);
  const cases: [string, TrashEntry[], string][] = [
    ["an empty one", [], "ok: nothing is in the trash"],
    ["one within its limits", [young], "ok: 1 destroyed environment can be brought back, 300 MiB of 1.0 GiB"],
    [
      "one with what is too old",
      [young, old],
      "info: 2 destroyed environments can be brought back, 310 MiB of 1.0 GiB; 1 in the trash is older than 7 days, or never finished -> cilo prune --yes",
    ],
    [
      "one that is too large",
      [young, younger],
      "info: 2 destroyed environments can be brought back, 1.1 GiB of 1.0 GiB; 1 in the trash is too old, or more than there is room for -> cilo prune --yes",
    ],
    [
      "one with what nobody will finish",
      [entry("2026-11-20T11:00:00Z", null)],
      "info: nothing is in the trash; 1 in the trash is older than 7 days, or never finished -> cilo prune --yes",
    ],
  ];
  for (const [what, entries, expected] of cases) {
    test(`judges ${what}`, () => {
      assert.deepEqual(toLines(judgeTrash(entries, now, limits)), [expected]);
    });
  }

  test("finds none where there is no CILO_HOME", async () => {
    assert.deepEqual(toLines(await trashCheck.run(makeSurvey({ home: "/nonexistent" }))), [
      "ok: nothing is in the trash",
    ]);
  });
});
