import assert from "node:assert/strict";
import { chmod, mkdtemp, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { stampFile } from "../../src/daemon/file-stamp.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-stamp-"));
  path = join(directory, "file");
  await writeFile(path, "one");
});
afterEach(() => rm(directory, { recursive: true }));

const changes: [string, () => Promise<unknown>][] = [
  ["it is written", () => writeFile(path, "more")],
  ["it is gone", () => rm(path)],
  ["its mode is another one", () => chmod(path, 0o400)],
  [
    "another file takes its place that looks the same",
    async () => {
      const { atime, mtime } = await stat(path);
      await writeFile(`${path}.new`, "two");
      await utimes(`${path}.new`, atime, mtime);
      await rename(`${path}.new`, path);
    },
  ],
];

describe("a file's stamp", () => {
  test("is the same as long as nothing happens to the file", async () => {
    const before = await stampFile(path);

    assert.equal(await stampFile(path), before);
    assert.notEqual(before, "");
  });

  for (const [what, change] of changes) {
    test(`is another one when ${what}`, async () => {
      const before = await stampFile(path);

      await change();

      assert.notEqual(await stampFile(path), before);
    });
  }

  test("is empty for what is not there, also when its folder is not", async () => {
    assert.equal(await stampFile(join(directory, "none")), "");
    assert.equal(await stampFile(join(path, "below-a-file")), "");
  });

  test("cannot be had of a path that no file can have", async () => {
    await assert.rejects(stampFile(join(directory, "x".repeat(300))), { code: "ENAMETOOLONG" });
  });
});
