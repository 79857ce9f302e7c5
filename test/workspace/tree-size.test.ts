import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { treeSize } from "../../src/workspace/tree-size.ts";
import { asUser } from "./sandbox.ts";

async function makeTree(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-tree-size-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "a/b"), { recursive: true });
  await writeFile(join(directory, "a/b/file"), Buffer.alloc(100_000, 1));
  await writeFile(Buffer.from(`${directory}/a/caf\xe9`, "latin1"), "12345");
  await writeFile(join(directory, "outside"), Buffer.alloc(1_000_000, 1));
  await symlink(join(directory, "outside"), join(directory, "a/link"));
  return join(directory, "a");
}

test("a directory has what the files in it have, whatever they are called, and what links lead to does not count", {
  skip: process.platform === "darwin" && "names are UTF-8 here",
}, async (t) => {
  const tree = await makeTree(t);

  assert.equal(await treeSize(tree), 100_005);
});

test("a file has its own size, and what is not there has none", async (t) => {
  const tree = await makeTree(t);

  assert.equal(await treeSize(join(tree, "b/file")), 100_000);
  assert.equal(await treeSize(join(tree, "nothing")), 0);
});

test("a directory that may not be looked into is more than nothing", {
  skip: process.geteuid?.() !== 0 && "needs root",
}, async (t) => {
  const tree = await makeTree(t);
  await chmod(join(tree, ".."), 0o755);

  for (const mode of [0o700, 0o744]) {
    await chmod(join(tree, "b"), mode);

    assert.equal(await asUser(12_345, () => treeSize(tree)), 6);
  }
});
