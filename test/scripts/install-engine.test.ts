import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRecentCompose } from "../../scripts/install-engine.ts";

describe("isRecentCompose", () => {
  const rows: [version: string, expected: boolean][] = [
    ["2.24.6", true],
    ["2.24.5", false],
    ["2.9.0", false],
    ["2.26.1-4", true],
    ["v2.40.1", true],
    ["5.0.0", true],
    ["1.29.2-3", false],
    ["1:2.30.0-1", true],
    ["2.24.6+ds1-0ubuntu1~22.04.1", true],
    ["dev", false],
  ];
  for (const [version, expected] of rows) {
    it(`${expected ? "takes" : "does not take"} ${version}`, () => {
      assert.equal(isRecentCompose(version), expected);
    });
  }
});
