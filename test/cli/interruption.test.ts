import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { createInterruption, toInterruption } from "../../src/cli/interruption.ts";

test("whatever a wait was cut short with is an interruption", () => {
  const timer = Object.assign(new Error("The operation was aborted"), { name: "AbortError", code: "ABORT_ERR" });

  for (const thrown of [timer, AbortSignal.abort().reason]) {
    const error = toInterruption(thrown);
    assert.ok(error instanceof CiloError);
    assert.deepEqual([error.code, error.message, error.cause], ["CILO_INTERRUPTED", "interrupted", thrown]);
  }
});

test("one that says only what was interrupted says how to go on as well", () => {
  const error = toInterruption(new CiloError("CILO_INTERRUPTED", "copying /src was interrupted"));

  assert.ok(error instanceof CiloError);
  assert.equal(error.message, "copying /src was interrupted");
  assert.match(error.hint ?? "", /^run the same command again/);
});

test("an interruption with its own way on, and any other error, stay what they are", () => {
  const own = new CiloError("CILO_INTERRUPTED", "starting shop/blue was interrupted", {
    hint: 'run "cilo up shop/blue"',
  });

  for (const thrown of [own, createInterruption(), new CiloError("CILO_LOCKED", "locked"), new Error("bug"), "text"]) {
    assert.equal(toInterruption(thrown), thrown);
  }
});
