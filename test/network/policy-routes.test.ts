import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { parseFibTrie, parseIpRoutes, readPolicyRoutes } from "../../src/network/policy-routes.ts";

function fixture(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/network/${name}`, import.meta.url), "utf8");
}

describe("routes of policy routing", () => {
  test("are read from the kernel's tries, without devices; the main and the local table are passed over", async () => {
    const text = await fixture("proc-net-fib-trie-vpn.txt");

    assert.deepEqual(parseFibTrie(text), [
      { cidr: "0.0.0.0/0", device: "*", table: "52" },
      { cidr: "10.5.0.5/32", device: "*", table: "52" },
      { cidr: "10.8.0.0/16", device: "*", table: "52" },
      { cidr: "10.6.0.0/16", device: "*", table: "51820" },
    ]);
  });

  test("are read with their devices from what ip prints", async () => {
    const text = await fixture("ip-route-vpn.json");

    assert.deepEqual(parseIpRoutes(text), [
      { cidr: "0.0.0.0/0", device: "wg0", table: "52" },
      { cidr: "10.5.0.5/32", device: "wg0", table: "52" },
      { cidr: "10.8.0.0/16", device: "wg0", table: "52" },
      { cidr: "10.6.0.0/16", device: "*", table: "51820" },
    ]);
  });

  test("of a table that has a name are there too", () => {
    const text = JSON.stringify([{ dst: "10.9.0.0/24", dev: "tun0", table: "vpn" }]);

    assert.deepEqual(parseIpRoutes(text), [{ cidr: "10.9.0.0/24", device: "tun0", table: "vpn" }]);
  });

  for (const text of ["", "Object 'route' is unknown", "{}", "[1, null]", '[{"dst":"x","table":"5"}]']) {
    test(`are none in ${JSON.stringify(text)}`, () => {
      assert.deepEqual([parseIpRoutes(text), parseFibTrie(text)], [[], []]);
    });
  }

  test("can be read on this machine, or there are none", async () => {
    for (const { table, cidr } of await readPolicyRoutes()) assert.ok(table !== undefined && cidr.includes("/"));
  });
});
