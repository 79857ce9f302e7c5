import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { isSameJson } from "../../src/daemon/is-same-json.ts";

test("values of JSON are the same exactly when they are deeply equal", () => {
  const small = fc.jsonValue({ maxDepth: 2, noUnicodeString: true }).map((value) => JSON.parse(JSON.stringify(value)));

  fc.assert(
    fc.property(small, small, (left, right) => {
      assert.equal(isSameJson(left, right), isDeepStrictEqual(left, right));
      assert.equal(isSameJson(left, structuredClone(left)), true);
    }),
  );
});

for (const [left, right, expected] of [
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [[1, 2], [2, 1], false],
  [{ a: undefined }, { b: undefined }, false],
  [[], {}, false],
  [null, {}, false],
  [{ a: [] }, { a: null }, false],
  [{ toString: 1 }, { a: 1 }, false],
  ["1", 1, false],
] as const) {
  test(`${JSON.stringify(left)} and ${JSON.stringify(right)} are ${expected ? "the same" : "not the same"}`, () => {
    assert.equal(isSameJson(left, right), expected);
  });
}
