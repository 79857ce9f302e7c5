import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSize } from "../../src/base/format-size.ts";

const cases: [number, string][] = [
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1.0 KiB"],
  [9.96 * 1024, "10 KiB"],
  [1023.4 * 1024, "1023 KiB"],
  [1023.6 * 1024, "1.0 MiB"],
  [12_345_678, "12 MiB"],
  [1.5 * 1024 ** 3, "1.5 GiB"],
  [2_000 * 1024 ** 4, "2000 TiB"],
];

for (const [sizeBytes, text] of cases) {
  test(`${sizeBytes} bytes are read as ${text}`, () => {
    assert.equal(formatSize(sizeBytes), text);
  });
}
