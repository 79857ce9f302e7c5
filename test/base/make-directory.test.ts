import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { makeDirectory } from "../../src/base/make-directory.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-make-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("makes what is missing, for this user alone, also when several do it at once", async () => {
  const path = join(directory, "a/b/c");

  await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(path)]);
  await makeDirectory(path);

  assert.equal((await stat(path)).mode & 0o777, 0o700);
  assert.equal((await stat(join(directory, "a"))).mode & 0o777, 0o700);
});

test("does not take a file for a directory", async () => {
  await writeFile(join(directory, "file"), "");

  await assert.rejects(makeDirectory(join(directory, "file")), { code: "EEXIST" });
  await assert.rejects(makeDirectory(join(directory, "file/below")), { code: "ENOTDIR" });
});

test("gives up where nothing can be made", { skip: process.platform !== "linux" && "needs /proc" }, async () => {
  await assert.rejects(makeDirectory("/proc/cilo-test/home"), { code: "ENOENT" });
});
