import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineRing } from "../../src/daemon/line-ring.ts";

test("keeps the last lines within both bounds, whatever comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 30 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 12 }),
      (lines, maxLines, maxLength, count) => {
        const ring = new LineRing({ maxLines, maxLength });

        for (const line of lines) ring.push(line);

        const expected = lines.slice(-maxLines);
        while (expected.join("").length > maxLength) expected.shift();
        // The last line alone may be longer than the bound; then nothing is kept.
        assert.deepEqual(ring.last(count), count === 0 ? [] : expected.slice(-count));
      },
    ),
  );
});
