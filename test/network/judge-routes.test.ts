import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRouteJudge } from "../../src/network/judge-routes.ts";
import type { HostRoute } from "../../src/network/routes.ts";

const pool = "10.224.0.0/16";

describe("a judge of routes", () => {
  const cases: { name: string; routes: HostRoute[]; own?: string[]; taken: string[]; warnings: number }[] = [
    {
      name: "the default route counts for nothing",
      routes: [{ cidr: "0.0.0.0/0", device: "eth0" }],
      taken: [],
      warnings: 0,
    },
    {
      name: "the two halves that a VPN lays over the default route count for nothing",
      routes: [
        { cidr: "0.0.0.0/1", device: "tun0" },
        { cidr: "128.0.0.0/1", device: "tun0" },
      ],
      taken: [],
      warnings: 0,
    },
    { name: "a broader route is warned of", routes: [{ cidr: "10.0.0.0/8", device: "tun0" }], taken: [], warnings: 1 },
    { name: "an equal route takes the pool", routes: [{ cidr: pool, device: "tun0" }], taken: [pool], warnings: 0 },
    {
      name: "narrower routes take their part",
      routes: [
        { cidr: "10.224.128.0/17", device: "tun0" },
        { cidr: "10.224.2.7/32", device: "tun0" },
      ],
      taken: ["10.224.128.0/17", "10.224.2.7/32"],
      warnings: 0,
    },
    {
      name: "a route elsewhere is nothing to the pool",
      routes: [{ cidr: "10.225.0.0/24", device: "tun0" }],
      taken: [],
      warnings: 0,
    },
    {
      name: "a bridge of cilo's takes nothing",
      routes: [{ cidr: "10.224.0.0/24", device: "br-1" }],
      own: ["10.224.0.0/24"],
      taken: [],
      warnings: 0,
    },
    {
      name: "whatever else leads to a bridge of cilo's takes nothing either",
      routes: [
        { cidr: "10.224.0.0/24", device: "bridge101" },
        { cidr: "10.224.0.10/32", device: "bridge101" },
      ],
      own: ["10.224.0.0/24"],
      taken: [],
      warnings: 0,
    },
    {
      name: "a second route to an own subnet, through another device, is a collision",
      routes: [
        { cidr: "10.224.0.0/24", device: "br-1" },
        { cidr: "10.224.0.0/24", device: "tun0" },
      ],
      own: ["10.224.0.0/24"],
      taken: ["10.224.0.0/24"],
      warnings: 0,
    },
    {
      name: "somebody else's route into an own subnet is a collision",
      routes: [
        { cidr: "10.224.0.0/24", device: "br-1" },
        { cidr: "10.224.0.10/32", device: "tun0" },
      ],
      own: ["10.224.0.0/24"],
      taken: ["10.224.0.10/32"],
      warnings: 0,
    },
    {
      name: "a copy of a bridge's route in another table is the bridge's too",
      routes: [
        { cidr: "10.224.0.0/24", device: "br-1" },
        { cidr: "10.224.0.0/24", device: "br-1", table: "52" },
      ],
      own: ["10.224.0.0/24"],
      taken: [],
      warnings: 0,
    },
    {
      name: "a route of another table takes its part, whatever stands in the main one",
      routes: [
        { cidr: "10.224.0.0/24", device: "wg0", table: "52" },
        { cidr: "10.224.0.0/24", device: "br-1" },
      ],
      own: ["10.224.0.0/24"],
      taken: ["10.224.0.0/24"],
      warnings: 0,
    },
    {
      name: "a warning that two routes give is told once",
      routes: [
        { cidr: "10.0.0.0/8", device: "tun0" },
        { cidr: "10.0.0.0/8", device: "tun0" },
      ],
      taken: [],
      warnings: 1,
    },
  ];
  for (const { name, routes, own = [], taken, warnings } of cases) {
    test(name, () => {
      const verdict = createRouteJudge(routes, own)(pool);

      assert.deepEqual(
        verdict.taken.map(({ cidr }) => cidr),
        taken,
      );
      assert.equal(verdict.warnings.length, warnings);
    });
  }

  test("says which device holds a subnet, and what a warning is about", () => {
    const verdict = createRouteJudge(
      [
        { cidr: "10.224.7.0/24", device: "tun0" },
        { cidr: "10.224.8.0/24", device: "*" },
        { cidr: "10.0.0.0/8", device: "tun1" },
      ],
      [],
    )(pool);

    assert.deepEqual(verdict.taken, [
      { cidr: "10.224.7.0/24", holder: "the host's route through tun0" },
      { cidr: "10.224.8.0/24", holder: "a route of the host that leads nowhere" },
    ]);
    assert.match(verdict.warnings[0] ?? "", /10\.0\.0\.0\/8 through tun1, which covers 10\.224\.0\.0\/16/);
  });

  test("says which table a route stands in, and that such a table may come first", () => {
    const verdict = createRouteJudge(
      [
        { cidr: "10.224.7.0/24", device: "wg0", table: "51820" },
        { cidr: "10.224.8.0/24", device: "*", table: "52" },
        { cidr: "10.0.0.0/8", device: "tailscale0", table: "52" },
      ],
      [],
    )(pool);

    assert.deepEqual(verdict.taken, [
      { cidr: "10.224.7.0/24", holder: "the host's route through wg0 in table 51820" },
      { cidr: "10.224.8.0/24", holder: "the host's route in table 52" },
    ]);
    assert.deepEqual(verdict.warnings, [
      "the host routes 10.0.0.0/8 through tailscale0 by table 52, which covers 10.224.0.0/16: where that table is asked before the main one, environments cannot be reached from this machine",
    ]);
  });
});
