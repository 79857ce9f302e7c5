import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createTar } from "../../scripts/root-filesystem.ts";
import { exec } from "../../src/base/exec.ts";

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "cilo-tar-"));
});

after(() => rm(root, { recursive: true, force: true }));

describe("createTar", () => {
  it("writes what tar reads: kinds, modes, targets and content of any length", async () => {
    const archive = join(root, "archive.tar");
    await writeFile(
      archive,
      createTar([
        { kind: "directory", path: "bin", mode: 0o755 },
        { kind: "file", path: "bin/tool", mode: 0o755, content: Buffer.alloc(1025, "a") },
        { kind: "file", path: "bin/block", mode: 0o600, content: Buffer.alloc(512, "b") },
        { kind: "link", path: "bin/sh", target: "tool" },
        { kind: "directory", path: "tmp", mode: 0o1777 },
      ]),
    );

    const list = await exec("tar", ["--list", "--verbose", "--numeric-owner", "--utc", "--file", archive]);
    const content = await exec("tar", ["--extract", "--to-stdout", "--file", archive]);

    assert.equal(list.stderr, "");
    assert.deepEqual(
      list.stdout.split("\n").map((line) => line.replace(/ +/g, " ")),
      [
        "drwxr-xr-x 0/0 0 1970-01-01 00:00 bin",
        "-rwxr-xr-x 0/0 1025 1970-01-01 00:00 bin/tool",
        "-rw------- 0/0 512 1970-01-01 00:00 bin/block",
        "lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/sh -> tool",
        "drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp",
      ],
    );
    assert.equal(content.stdout, "a".repeat(1025) + "b".repeat(512));
  });

  it("refuses a path that does not fit the header", () => {
    const create = () => createTar([{ kind: "directory", path: "d".repeat(101), mode: 0o755 }]);

    assert.throws(create, /too long for a tar header/);
  });
});
