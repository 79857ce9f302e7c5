import assert from "node:assert/strict";
import { test } from "node:test";
import type { BytePath } from "../../../src/workspace/byte-path.ts";
import type { ChangedEntry } from "../../../src/workspace/work/compare-trees.ts";
import { splitIgnored } from "../../../src/workspace/work/split-ignored.ts";

const mebibyte = 1024 * 1024;

test("a large ignored directory is left out, a database that is ignored by itself is saved", () => {
  const changed = new Map<BytePath, ChangedEntry>([
    ["node_modules" as BytePath, { kind: "directory", sizeBytes: 0 }],
    ["node_modules/a" as BytePath, { kind: "file", sizeBytes: 20 * mebibyte }],
    ["db.sqlite" as BytePath, { kind: "file", sizeBytes: 20 * mebibyte }],
    ["disk.img" as BytePath, { kind: "file", sizeBytes: 300 * mebibyte }],
    ["page" as BytePath, { kind: "file", sizeBytes: 1 }],
  ]);

  const { ignored, sizeBytes } = splitIgnored({ changed }, ["node_modules", "db.sqlite", "disk.img"] as BytePath[]);

  assert.deepEqual(
    ignored.map(({ path }) => path),
    ["disk.img", "node_modules"],
  );
  assert.equal(sizeBytes, 20 * mebibyte + 1);
});
