import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRecentCompose, testToolPackages } from "../../scripts/install-engine.ts";
import { toolPackages } from "../judges/support/tools.ts";

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

describe("testToolPackages", () => {
  it("has the package of every program that judges the DNS server", () => {
    const onEveryDebian = ["libc-bin", "util-linux"];

    const missing = Object.values(toolPackages).filter(
      (name) => ![...testToolPackages, ...onEveryDebian].includes(name),
    );

    assert.deepEqual(missing, []);
  });
});
