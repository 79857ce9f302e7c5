import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { parseCidr } from "../../src/network/cidr.ts";
import {
  type HostRoute,
  judgeRoutes,
  parseNetstatRoutes,
  parseProcNetRoute,
  readHostRoutes,
} from "../../src/network/routes.ts";

const pool = "10.224.0.0/16";

function fixture(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/network/${name}`, import.meta.url), "utf8");
}

describe("parseProcNetRoute", () => {
  test("reads every route that is up, with its device", async () => {
    const text = await fixture("proc-net-route-vpn.txt");

    assert.deepEqual(parseProcNetRoute(text), [
      { cidr: "0.0.0.0/0", device: "wlan0" },
      { cidr: "10.0.0.0/8", device: "tun0" },
      { cidr: "10.8.0.0/16", device: "tun0" },
      { cidr: "10.224.0.0/24", device: "br-5f0e8f0a1b2c" },
      { cidr: "10.224.1.0/24", device: "br-6a1f9e0b2c3d" },
      { cidr: "10.224.2.7/32", device: "tun0" },
      { cidr: "10.224.3.0/24", device: "*" },
      { cidr: "172.17.0.0/16", device: "docker0" },
      { cidr: "192.168.1.0/24", device: "wlan0" },
    ]);
  });

  test("passes over lines that are no routes", () => {
    const text = ["Iface\tDestination", "", "garbage", "eth0\tzz\t0\t1\t0\t0\t0\tFF\t0\t0\t0", "eth0\t0000A8C0"].join(
      "\n",
    );

    assert.deepEqual(parseProcNetRoute(text), []);
  });
});

describe("parseNetstatRoutes", () => {
  test("reads abbreviated destinations and leaves out neighbours", async () => {
    const text = await fixture("netstat-macos.txt");

    assert.deepEqual(parseNetstatRoutes(text), [
      { cidr: "0.0.0.0/0", device: "en0" },
      { cidr: "0.0.0.0/1", device: "utun4" },
      { cidr: "10.8.0.0/16", device: "utun4" },
      { cidr: "10.8.0.1/32", device: "utun4" },
      { cidr: "10.224.0.0/24", device: "bridge101" },
      { cidr: "10.224.7.9/32", device: "utun4" },
      { cidr: "127.0.0.0/8", device: "lo0" },
      { cidr: "127.0.0.1/32", device: "lo0" },
      { cidr: "128.0.0.0/1", device: "utun4" },
      { cidr: "169.254.0.0/16", device: "en0" },
      { cidr: "172.16.0.0/16", device: "utun4" },
      { cidr: "192.168.1.0/24", device: "en0" },
      { cidr: "192.168.1.1/32", device: "en0" },
      { cidr: "224.0.0.0/4", device: "en0" },
      { cidr: "255.255.255.255/32", device: "en0" },
    ]);
  });

  test("finds the device in the wider table of old releases", async () => {
    const text = await fixture("netstat-macos-old.txt");

    assert.deepEqual(parseNetstatRoutes(text), [
      { cidr: "0.0.0.0/0", device: "en0" },
      { cidr: "127.0.0.0/8", device: "lo0" },
      { cidr: "192.168.1.0/24", device: "en0" },
    ]);
  });

  test("reads nothing out of text without a table", () => {
    assert.deepEqual(parseNetstatRoutes("netstat: command failed\n10/8 1.2.3.4 UGSc en0\n"), []);
  });
});

describe("judgeRoutes", () => {
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
  ];
  for (const { name, routes, own = [], taken, warnings } of cases) {
    test(name, () => {
      const verdict = judgeRoutes(routes, pool, own);

      assert.deepEqual(
        verdict.taken.map(({ cidr }) => cidr),
        taken,
      );
      assert.equal(verdict.warnings.length, warnings);
    });
  }

  test("says which device holds a subnet, and what a warning is about", () => {
    const verdict = judgeRoutes(
      [
        { cidr: "10.224.7.0/24", device: "tun0" },
        { cidr: "10.224.8.0/24", device: "*" },
        { cidr: "10.0.0.0/8", device: "tun1" },
      ],
      pool,
      [],
    );

    assert.deepEqual(verdict.taken, [
      { cidr: "10.224.7.0/24", holder: "the host's route through tun0" },
      { cidr: "10.224.8.0/24", holder: "a route of the host that leads nowhere" },
    ]);
    assert.match(verdict.warnings[0] ?? "", /10\.0\.0\.0\/8 through tun1, which covers 10\.224\.0\.0\/16/);
  });
});

describe("readHostRoutes", () => {
  test("finds on Linux what `ip route` shows", { skip: process.platform !== "linux" && "not Linux" }, async (t) => {
    const shown = await exec("ip", ["-4", "-json", "route", "show", "table", "main"], { timeoutMs: 5_000 });
    if (shown.exitCode !== 0) return t.skip("no ip program here");
    const expected = (JSON.parse(shown.stdout) as { dst: string; dev?: string }[]).map(({ dst, dev }) => ({
      cidr: dst === "default" ? "0.0.0.0/0" : dst.includes("/") ? dst : `${dst}/32`,
      device: dev ?? "*",
    }));

    const routes = await readHostRoutes();

    for (const route of expected) {
      // Other tests make and remove networks at the same time.
      if (/^(br-|docker)/.test(route.device)) continue;
      assert.ok(
        routes.some(({ cidr, device }) => cidr === route.cidr && device === route.device),
        `${route.cidr} ${route.device} is not in ${JSON.stringify(routes)}`,
      );
    }
    assert.ok(routes.every(({ cidr }) => parseCidr(cidr) !== null));
  });

  test("knows no routes on systems it does not know", async () => {
    assert.deepEqual(await readHostRoutes("aix"), []);
  });
});
