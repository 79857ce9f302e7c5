import assert from "node:assert/strict";
import { test } from "node:test";
import { findSuffixProblem } from "../../src/compose/dns-suffix.ts";

for (const suffix of ["test", "dev.test", "internal", "a-b.c1.test"]) {
  test(`${suffix} can be a suffix`, () => {
    assert.equal(findSuffixProblem(suffix), null);
  });
}

const refused: [string, RegExp][] = [
  ["", /allowed are labels/],
  [".test", /allowed are labels/],
  ["test.", /allowed are labels/],
  ["Test", /allowed are labels/],
  ["-a.test", /allowed are labels/],
  ["a_b.test", /allowed are labels/],
  [`${"a".repeat(64)}.test`, /allowed are labels/],
  [`${"a".repeat(60)}.${"b".repeat(60)}.test`, /longer than 107 characters/],
  ["local", /multicast DNS/],
  ["shop.local", /multicast DNS/],
  ["localhost", /loopback/],
  ["dev.localhost", /loopback/],
  ["test.10", /all digits/],
];
for (const [suffix, reason] of refused) {
  test(`${JSON.stringify(suffix)} cannot, with a reason`, () => {
    assert.match(findSuffixProblem(suffix) ?? "", reason);
  });
}
