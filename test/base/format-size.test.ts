import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSize } from "../../src/base/format-size.ts";

const cases: [number, string][] = [
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_000, "1.0 kB"],
  [9_960, "10 kB"],
  [999_600, "1.0 MB"],
  [12_345_678, "12 MB"],
  [1_500_000_000, "1.5 GB"],
  [2_000_000_000_000_000, "2000 TB"],
];

for (const [sizeBytes, text] of cases) {
  test(`${sizeBytes} bytes are read as ${text}`, () => {
    assert.equal(formatSize(sizeBytes), text);
  });
}
