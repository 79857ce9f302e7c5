import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contains, parseCidr } from "../../src/network/cidr.ts";
import { layoutOf } from "../../src/network/layout.ts";

describe("layoutOf", () => {
  test("divides a /24 into gateway, shared, fixed and dynamic addresses", () => {
    const layout = layoutOf("10.224.3.0/24");

    assert.equal(layout.gateway, "10.224.3.1");
    assert.deepEqual(
      layout.shared,
      [2, 3, 4, 5, 6, 7, 8, 9].map((last) => `10.224.3.${last}`),
    );
    assert.equal(layout.fixed.length, 182);
    assert.equal(layout.fixed[0], "10.224.3.10");
    assert.equal(layout.fixed.at(-1), "10.224.3.191");
    assert.equal(layout.dynamicRange, "10.224.3.192/26");
  });

  test("gives no address two purposes", () => {
    const { gateway, shared, fixed, dynamicRange } = layoutOf("10.224.3.0/24");
    const single = [gateway, ...shared, ...fixed];
    const dynamic = parseCidr(dynamicRange);
    assert.ok(dynamic !== null);

    assert.equal(new Set(single).size, single.length);
    for (const address of single) {
      const block = parseCidr(`${address}/32`);
      assert.ok(block !== null && !contains(dynamic, block), address);
    }
  });

  for (const subnet of ["10.224.0.0/16", "10.224.3.0/25", "10.224.3.0", "fd00::/24"]) {
    test(`does not divide ${subnet}`, () => {
      assert.throws(() => layoutOf(subnet), RangeError);
    });
  }
});
