import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { findChangedValues } from "../../../src/compose/verify/changed-values.ts";
import { readingOf } from "../model-builder.ts";

function deepList(levels: number): unknown {
  let list: unknown = [];
  for (let level = 0; level < levels; level++) list = [list];
  return list;
}

test("refuses a field that is nested more deeply than can be compared", () => {
  const services = { web: { image: "web" } };
  const reading = readingOf({ services });
  const withField = (base: typeof reading.base) => ({ ...base, "x-a": deepList(100_000) });
  const facts = {
    merged: withField(reading.base),
    reading: { ...reading, base: withField(reading.base) },
    composeProject: "cilo-shop-login",
    networkNames: new Map<string, string>(),
  };

  assert.throws(
    () => findChangedValues(facts as unknown as Parameters<typeof findChangedValues>[0]),
    (error) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_COMPOSE_INVALID");
      assert.match(error.message, /the project: x-a is nested too deeply/);
      return true;
    },
  );
});
