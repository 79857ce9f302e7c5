import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { formatSocketPointer, parseSocketPointer, readSocketPointer } from "../../src/control/socket-pointer.ts";

test("a pointer is read as it was written", () => {
  const pointer = { socket: "/run/user/1000/cilo-0123456789ab.sock", pid: 4711 };

  assert.deepEqual(parseSocketPointer(formatSocketPointer(pointer)), pointer);
});

const noPointers: [string, string][] = [
  ["an empty file", ""],
  ["a path alone", "/run/cilo.sock\n"],
  ["a relative path", "cilo.sock\n1\n"],
  ["a path longer than a socket's may be", `/${"x".repeat(103)}\n1\n`],
  ["a process group", "/run/cilo.sock\n-1\n"],
  ["a torn file", "/run/cilo.sock\n47"],
];
for (const [what, text] of noPointers) {
  test(`${what} is no pointer`, () => {
    assert.equal(parseSocketPointer(text), null);
  });
}

test("nothing and a directory are no pointer", async () => {
  assert.equal(await readSocketPointer(join(tmpdir(), "cilo-no-such-file")), null);
  assert.equal(await readSocketPointer(tmpdir()), null);
});
