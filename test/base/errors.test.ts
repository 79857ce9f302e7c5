import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError, hasErrorCode, toPrintable } from "../../src/base/errors.ts";

test("an error takes its exit code from the table and keeps its cause", () => {
  const cause = new Error("disk");
  const error = new CiloError("CILO_DISK_FULL", "cannot write state", { cause });

  assert.equal(error.exitCode, 3);
  assert.equal(error.cause, cause);
});

test("text from outside cannot drive the terminal", () => {
  assert.equal(new CiloError("CILO_USAGE", "bad \u001b[31mname\u0007").message, "bad \ufffd[31mname\ufffd");
  assert.equal(toPrintable("two\nlines\tkept"), "two\nlines\tkept");
  assert.equal(toPrintable("right\u202eleft"), "right\ufffdleft");
});

test("a code is found on errors only", () => {
  const error = Object.assign(new Error("gone"), { code: "ENOENT" });

  assert.equal(hasErrorCode(error, "EACCES", "ENOENT"), true);
  assert.equal(hasErrorCode({ code: "ENOENT" }, "ENOENT"), false);
});
