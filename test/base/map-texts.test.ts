import assert from "node:assert/strict";
import { test } from "node:test";
import { mapTexts } from "../../src/base/map-texts.ts";

test("changes texts at any depth, and neither keys nor what is no text", () => {
  const value = { a: "x", list: ["x", 1, { x: ["x", null, true] }] };

  const mapped = mapTexts(value, (text) => `${text}!`);

  assert.deepEqual(mapped, { a: "x!", list: ["x!", 1, { x: ["x!", null, true] }] });
});
