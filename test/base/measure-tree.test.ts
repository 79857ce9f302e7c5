import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { measureTree } from "../../src/base/measure-tree.ts";

test("a directory takes what all that is in it takes, and what links lead to does not count", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-measure-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "a/b"), { recursive: true });
  await writeFile(join(directory, "a/b/file"), Buffer.alloc(100_000, 1));
  await writeFile(join(directory, "outside"), Buffer.alloc(1_000_000, 1));
  await symlink(join(directory, "outside"), join(directory, "a/link"));

  const sizeBytes = await measureTree(join(directory, "a"));

  assert.ok(sizeBytes >= 100_000 && sizeBytes < 500_000, String(sizeBytes));
});

test("what is not there takes nothing", async () => {
  assert.equal(await measureTree(join(tmpdir(), "cilo-measure-nothing")), 0);
});
