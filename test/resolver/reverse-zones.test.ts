import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { reverseZonesOf } from "../../src/resolver/reverse-zones.ts";

const rows: [cidr: string, zones: string[]][] = [
  ["10.224.0.0/16", ["224.10.in-addr.arpa"]],
  ["10.0.0.0/8", ["10.in-addr.arpa"]],
  ["192.168.7.0/24", ["7.168.192.in-addr.arpa"]],
  ["192.168.7.64/26", ["7.168.192.in-addr.arpa"]],
  ["172.16.0.0/15", ["16.172.in-addr.arpa", "17.172.in-addr.arpa"]],
  [
    "10.224.5.9/22",
    ["4.224.10.in-addr.arpa", "5.224.10.in-addr.arpa", "6.224.10.in-addr.arpa", "7.224.10.in-addr.arpa"],
  ],
];

describe("reverseZonesOf", () => {
  for (const [cidr, zones] of rows) {
    it(`covers ${cidr} with ${zones.length === 1 ? "one zone" : `${zones.length} zones`}`, () => {
      assert.deepEqual(reverseZonesOf(cidr), zones);
    });
  }

  it("puts every address of a subnet under exactly one of its zones", () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.integer({ min: 8, max: 32 }), (octets, prefixLength) => {
        const reverseName = `${octets.toReversed().join(".")}.in-addr.arpa`;

        const zones = reverseZonesOf(`${octets.join(".")}/${prefixLength}`);

        assert.equal(zones.filter((zone) => reverseName.endsWith(`.${zone}`)).length, 1);
      }),
    );
  });
});
