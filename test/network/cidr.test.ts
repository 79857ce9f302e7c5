import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  contains,
  formatCidr,
  overlaps,
  parseCidr,
  sizeOfPrefix,
  toBlock,
  toPrefixLength,
} from "../../src/network/cidr.ts";

const anyAddress = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyBlock = fc
  .tuple(anyAddress, fc.integer({ min: 0, max: 32 }))
  .map(([address, length]) => toBlock(address, length));

describe("CIDR text", () => {
  const cases: [text: string, normal: string | null][] = [
    ["10.224.0.0/16", "10.224.0.0/16"],
    ["10.224.3.77/24", "10.224.3.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["10.224.0.0", null],
    ["10.224.0.0/33", null],
    ["10.224/16", null],
    ["010.224.0.0/16", null],
    ["fd00::/64", null],
    ["host/8", null],
    ["", null],
  ];
  for (const [text, normal] of cases) {
    test(`${JSON.stringify(text)} ${normal === null ? "is not read" : `means ${normal}`}`, () => {
      const block = parseCidr(text);

      assert.equal(block === null ? null : formatCidr(block), normal);
    });
  }

  test("every block survives being written and read", () => {
    fc.assert(fc.property(anyBlock, (block) => assert.deepEqual(parseCidr(formatCidr(block)), block)));
  });
});

describe("blocks", () => {
  test("the block of an address holds it and has the size of its prefix", () => {
    fc.assert(
      fc.property(anyAddress, fc.integer({ min: 0, max: 32 }), (address, length) => {
        const block = toBlock(address, length);

        assert.ok(block.first <= address && address <= block.last);
        assert.equal(block.last - block.first + 1, sizeOfPrefix(length));
      }),
    );
  });

  test("two blocks that overlap are one within the other", () => {
    fc.assert(
      fc.property(anyBlock, anyBlock, (a, b) => assert.equal(overlaps(a, b), contains(a, b) || contains(b, a))),
    );
  });

  test("neighbours do not overlap", () => {
    const [lower, upper] = [toBlock(0x0ae00000, 24), toBlock(0x0ae00100, 24)];

    assert.equal(overlaps(lower, upper), false);
  });
});

describe("netmasks", () => {
  const cases: [mask: number, length: number | null][] = [
    [0x00000000, 0],
    [0xff000000, 8],
    [0xffffff00, 24],
    [0xffffffff, 32],
    [0xff00ff00, null],
  ];
  for (const [mask, length] of cases) {
    test(`0x${mask.toString(16).padStart(8, "0")} has ${length === null ? "no prefix length" : `length ${length}`}`, () => {
      assert.equal(toPrefixLength(mask), length);
    });
  }
});
