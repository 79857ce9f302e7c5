import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { parseCidr } from "../../src/network/cidr.ts";
import { parseNetstatRoutes, parseProcNetRoute, readHostRoutes, toAddressRoutes } from "../../src/network/routes.ts";

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

describe("toAddressRoutes", () => {
  const routes = [
    { cidr: "192.168.1.0/24", device: "eth0" },
    { cidr: "10.8.0.0/16", device: "tun0" },
  ];

  test("has the machine's addresses that no route of their device covers", () => {
    const interfaces = {
      eth0: [
        { address: "192.168.1.7", family: "IPv4" as const },
        { address: "fe80::1", family: "IPv6" as const },
      ],
      tun0: [{ address: "10.8.0.2", family: "IPv4" as const }],
      wg0: [{ address: "10.8.0.3", family: "IPv4" as const }],
      gone: undefined,
    };

    assert.deepEqual(toAddressRoutes(interfaces, routes), [{ cidr: "10.8.0.3/32", device: "wg0" }]);
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

  test("knows the machine's own addresses alone on systems it does not know", async () => {
    const routes = await readHostRoutes("aix");

    assert.deepEqual(
      routes.filter(({ cidr }) => !cidr.endsWith("/32")),
      [],
    );
  });
});
