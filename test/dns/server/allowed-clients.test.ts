import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createAllowedClients } from "../../../src/dns/server/allowed-clients.ts";

for (const { ranges, allowed, refused } of [
  {
    ranges: [],
    allowed: ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"],
    refused: [
      "192.168.1.5",
      "10.224.1.2",
      "fe80::1%eth0",
      "::ffff:10.0.0.1",
      "0.0.0.0",
      "::",
      "",
      "127.evil",
      "::ffff:",
    ],
  },
  {
    ranges: ["192.168.1.0/24"],
    allowed: ["127.0.0.1", "::1", "192.168.1.0", "192.168.1.255", "::ffff:192.168.1.7"],
    refused: ["192.168.0.255", "192.168.2.0", "fd00::1", "c0a8:0107::", "192.168.1"],
  },
  {
    ranges: ["10.1.2.3", "fd00::5"],
    allowed: ["10.1.2.3", "fd00::5", "::1"],
    refused: ["10.1.2.2", "10.1.2.4", "fd00::4", "fd00::6"],
  },
  {
    ranges: ["fd00:8::/32", "fe80::/10"],
    allowed: ["fd00:8::1", "fd00:8:ffff::1", "fe80::1%eth0"],
    refused: ["fd00:9::1", "10.0.0.1", "2001:db8::1"],
  },
  { ranges: ["0.0.0.0/0"], allowed: ["8.8.8.8", "10.0.0.1"], refused: ["fd00::1"] },
  { ranges: ["::/0"], allowed: ["fd00::1"], refused: ["8.8.8.8"] },
  { ranges: ["172.17.0.1/16"], allowed: ["172.17.200.1"], refused: ["172.18.0.1"] },
]) {
  test(`with ${ranges.join(" ") || "no range"}: answers ${allowed.join(", ")}, not ${refused.join(", ")}`, () => {
    const isAllowed = createAllowedClients(ranges);

    assert.deepEqual(
      [allowed.filter((address) => !isAllowed(address)), refused.filter((address) => isAllowed(address))],
      [[], []],
    );
    // A second look gives what the first gave.
    assert.deepEqual([...allowed, ...refused].filter(isAllowed), allowed);
  });
}

for (const range of [
  "",
  "all",
  "10.0.0.0/33",
  "fd00::/129",
  "10.0.0/8",
  "1.2.3.4/",
  "example.com",
  "010.0.0.0/8",
  "/8",
]) {
  test(`refuses the range ${JSON.stringify(range)} by name`, () => {
    assert.throws(() => createAllowedClients(["10.0.0.0/8", range]), { code: "CILO_USAGE", details: { range } });
  });
}

test("a prefix splits all IPv4 addresses into those that share its bits and the others", () => {
  const octets = fc.tuple(...Array.from({ length: 4 }, () => fc.nat({ max: 255 })));
  const toNumber = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);
  fc.assert(
    fc.property(octets, octets, fc.nat({ max: 32 }), (base, client, prefixLength) => {
      const isAllowed = createAllowedClients([`${base.join(".")}/${prefixLength}`]);
      const blockSize = 2 ** (32 - prefixLength);
      const shares = Math.floor(toNumber(base) / blockSize) === Math.floor(toNumber(client) / blockSize);

      assert.equal(isAllowed(client.join(".")), shares || client[0] === 127);
    }),
  );
});

test("ten thousand made-up addresses do not change what is known of one", () => {
  const isAllowed = createAllowedClients(["10.0.0.0/8"]);

  for (let host = 0; host < 10_000; host += 1) isAllowed(`11.0.${host >> 8}.${host & 255}`);

  assert.deepEqual(["10.1.1.1", "11.0.0.1", "127.0.0.1"].map(isAllowed), [true, false, true]);
});
