import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findStaticBinary, isStaticElf } from "../../scripts/static-binary.ts";

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "cilo-binary-"));
});

after(() => rm(root, { recursive: true, force: true }));

/** A program of 64 bits with one program header of that type; 1: to be loaded, 3: the name of a dynamic linker. */
function createElf(headerType: number, isLittleEndian = true): Buffer {
  const bytes = Buffer.alloc(64 + 56);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.write("\u007fELF");
  bytes[4] = 2;
  bytes[5] = isLittleEndian ? 1 : 2;
  view.setBigUint64(32, 64n, isLittleEndian);
  view.setUint16(54, 56, isLittleEndian);
  view.setUint16(56, 1, isLittleEndian);
  view.setUint32(64, headerType, isLittleEndian);
  return bytes;
}

describe("isStaticElf", () => {
  const rows: [name: string, bytes: Buffer, expected: boolean][] = [
    ["a program that names no dynamic linker", createElf(1), true],
    ["one of a big-endian machine", createElf(1, false), true],
    ["a program that names a dynamic linker", createElf(3), false],
    ["a big-endian one that does", createElf(3, false), false],
    ["a program whose headers are cut off", createElf(1).subarray(0, 100), false],
    ["a script", Buffer.from(`#!/bin/sh\n${"#".repeat(80)}\n`), false],
    ["an empty file", Buffer.alloc(0), false],
  ];
  for (const [name, bytes, expected] of rows) {
    it(`says ${expected ? "yes" : "no"} to ${name}`, () => {
      assert.equal(isStaticElf(bytes), expected);
    });
  }

  it("says no to the node that runs this, which needs the C library", {
    skip: process.platform !== "linux",
  }, async () => {
    assert.equal(isStaticElf(await readFile(process.execPath)), false);
  });
});

describe("findStaticBinary", () => {
  it("passes over a dynamic program that comes first on PATH", async () => {
    const [first, second] = [join(root, "first"), join(root, "second")];
    for (const [directory, bytes] of [
      [first, createElf(3)],
      [second, createElf(1)],
    ] as const) {
      await mkdir(directory);
      await writeFile(join(directory, "cilo-test-program"), bytes);
      await chmod(join(directory, "cilo-test-program"), 0o755);
    }

    const found = await findStaticBinary("cilo-test-program", { PATH: [first, second].join(delimiter) });

    assert.deepEqual(found, { path: join(second, "cilo-test-program"), content: createElf(1) });
  });

  it("finds nothing where there is nothing", async () => {
    assert.equal(await findStaticBinary("cilo-test-absent", { PATH: root }), null);
  });
});
