import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { writeFileAtomically } from "../../src/base/atomic-write.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-atomic-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("replaces a file, readable by its owner only", async () => {
  const path = join(directory, "state.json");
  await writeFile(path, "old");

  await writeFileAtomically(path, "new");

  assert.equal(await readFile(path, "utf8"), "new");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test("a refusal before the replacement leaves the old file and nothing else", async () => {
  const path = join(directory, "state.json");
  await writeFile(path, "old");

  const write = writeFileAtomically(path, "new", { beforeReplace: () => Promise.reject(new Error("lock lost")) });

  await assert.rejects(write, /lock lost/);
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(directory), ["state.json"]);
});
