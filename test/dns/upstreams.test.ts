import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import {
  detectUpstreams,
  formatUpstream,
  parseUpstream,
  systemUpstreamEnvironment,
  type UpstreamEnvironment,
  type UpstreamReport,
} from "../../src/dns/upstreams.ts";

const fixtures = new URL("../../fixtures/resolver/", import.meta.url);
const own = { address: "127.0.0.1", port: 5354 };
const uplinks = "/run/systemd/resolve/resolv.conf";

const interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = {
  lo: [{ address: "127.0.0.1", netmask: "255.0.0.0", family: "IPv4", mac: "", internal: true, cidr: "127.0.0.1/8" }],
  wlp2s0: [
    {
      address: "192.168.1.7",
      netmask: "255.255.255.0",
      family: "IPv4",
      mac: "",
      internal: false,
      cidr: "192.168.1.7/24",
    },
    { address: "fe80::7", netmask: "ffff::", family: "IPv6", mac: "", internal: false, cidr: "fe80::7/64", scopeid: 4 },
  ],
};

interface Machine {
  platform?: NodeJS.Platform;
  /** Fixture by path. */
  files?: Record<string, string>;
  /** Fixture by program. */
  programs?: Record<string, string>;
}

function machine({ platform = "linux", files = {}, programs = {} }: Machine): UpstreamEnvironment {
  const read = (fixture: string | undefined) =>
    fixture === undefined ? Promise.resolve(null) : readFile(new URL(fixture, fixtures), "utf8");
  return {
    platform,
    readFile: (path) => read(files[path]),
    run: (file) => read(programs[file]),
    interfaces: () => interfaces,
  };
}

interface Row {
  title: string;
  machine: Machine;
  own?: typeof own;
  servers: string[];
  source: string;
  leftOut?: Record<string, string>;
}

const itself = "it is cilo itself";
const stub = "it is systemd-resolved's stub, which may ask cilo in turn";

const rows: Row[] = [
  {
    title: "resolved's properties give servers with ports and interfaces; a VPN for its own names is left out",
    machine: { programs: { busctl: "busctl-vpn.json" }, files: { "/etc/resolv.conf": "stub-resolv.conf" } },
    servers: ["[fe80::1%wlp2s0]:53"],
    source: "systemd-resolved (D-Bus)",
    leftOut: { "10.8.0.1": "it serves only names under corp.example.com", "127.0.0.1:5354": itself },
  },
  {
    title: "a link that takes all names is the only one asked",
    machine: { programs: { busctl: "busctl-full-tunnel.json" } },
    servers: ["10.64.0.1:5353"],
    source: "systemd-resolved (D-Bus)",
    leftOut: { "192.168.1.1": "another link takes all names" },
  },
  {
    title: "where resolved knows only cilo, the next source is read",
    machine: {
      programs: { busctl: "busctl-only-us.json" },
      files: { [uplinks]: "stub-resolv.conf", "/run/NetworkManager/no-stub-resolv.conf": "many-servers-resolv.conf" },
    },
    servers: ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53", "192.0.2.4:53", "[2001:db8::53]:53"],
    source: "/run/NetworkManager/no-stub-resolv.conf",
    leftOut: {
      "127.0.0.1:5354": itself,
      "127.0.0.53:53": stub,
      "not-an-address:53": "it is not an IP address",
      "[fe80::9]:53": "the interface of a link-local address is missing",
    },
  },
  {
    title: "output of busctl that is none is passed over",
    machine: {
      programs: { busctl: "resolvectl-status.txt" },
      files: { "/etc/resolv.conf": "many-servers-resolv.conf" },
    },
    servers: ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53", "192.0.2.4:53", "[2001:db8::53]:53"],
    source: "/etc/resolv.conf",
    leftOut: {
      "not-an-address:53": "it is not an IP address",
      "[fe80::9]:53": "the interface of a link-local address is missing",
    },
  },
  {
    title: "96: resolved's uplinks of before version 250 list cilo without its port",
    machine: { files: { [uplinks]: "resolved-uplink.conf" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: uplinks,
    leftOut: { "127.0.0.1:53": "it is cilo itself, listed without its port" },
  },
  {
    title: "another server on 127.0.0.1 is taken from /etc/resolv.conf",
    machine: { files: { "/etc/resolv.conf": "resolved-uplink.conf" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53", "127.0.0.1:53"],
    source: "/etc/resolv.conf",
  },
  {
    title: "96: on every address cilo is itself at each of them",
    machine: { files: { "/etc/resolv.conf": "resolved-uplink.conf" } },
    own: { address: "0.0.0.0", port: 53 },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "/etc/resolv.conf",
    leftOut: { "127.0.0.1:53": itself },
  },
  {
    title: "95: a stub alone gives nothing, and no public server stands in",
    machine: { files: { "/etc/resolv.conf": "stub-resolv.conf" } },
    servers: [],
    source: "none",
    leftOut: { "127.0.0.53:53": stub },
  },
  {
    title: "openresolv is asked",
    machine: {
      programs: { resolvconf: "many-servers-resolv.conf" },
      files: { "/etc/resolv.conf": "stub-resolv.conf" },
    },
    servers: ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53", "192.0.2.4:53", "[2001:db8::53]:53"],
    source: "resolvconf -l",
    leftOut: {
      "not-an-address:53": "it is not an IP address",
      "[fe80::9]:53": "the interface of a link-local address is missing",
    },
  },
  {
    title:
      "macOS: the first section's resolvers for every name, whole IPv6 addresses; a VPN's split domain and our own file are left out",
    machine: { platform: "darwin", programs: { scutil: "scutil-vpn.txt" } },
    servers: ["192.168.178.1:53", "[fd00::1ce:c0de:1]:53", "[fe80::1ce:c0de%en0]:53"],
    source: "scutil --dns",
    leftOut: {
      "10.8.0.1": "it serves only names under corp.example.com",
      "127.0.0.1": "it serves only names under test",
    },
  },
  {
    title: "macOS: a supplemental resolver for every name is asked first",
    machine: { platform: "darwin", programs: { scutil: "scutil-full-tunnel.txt" } },
    servers: ["100.100.100.100:53", "8.8.8.8:53"],
    source: "scutil --dns",
    leftOut: { "100.100.100.100": "it serves only names under tail1234.ts.net" },
  },
  {
    title: "macOS offline has none",
    machine: { platform: "darwin", programs: { scutil: "scutil-offline.txt" } },
    servers: [],
    source: "none",
  },
];

for (const row of rows) {
  test(row.title, async () => {
    const report = await detectUpstreams(machine(row.machine), row.own ?? own);

    assert.deepEqual(toShown(report), { servers: row.servers, source: row.source, leftOut: row.leftOut ?? {} });
  });
}

function toShown({ upstreams, source, leftOut }: UpstreamReport) {
  return {
    servers: upstreams.map(formatUpstream),
    source,
    leftOut: Object.fromEntries(leftOut.map(({ server, reason }) => [server, reason])),
  };
}

test("detection runs on this machine", async () => {
  const report = await detectUpstreams(systemUpstreamEnvironment, own);

  assert.equal(report.upstreams.length === 0, report.source === "none");
});

for (const { text, upstream } of [
  { text: "1.2.3.4", upstream: { address: "1.2.3.4", port: 53 } },
  { text: "1.2.3.4:5353", upstream: { address: "1.2.3.4", port: 5353 } },
  { text: "::1", upstream: { address: "::1", port: 53 } },
  { text: "[::1]", upstream: { address: "::1", port: 53 } },
  { text: "[::1]:5353", upstream: { address: "::1", port: 5353 } },
  { text: "fe80::1%eth0", upstream: { address: "fe80::1%eth0", port: 53 } },
]) {
  test(`the upstream ${text} is ${upstream.address} port ${upstream.port}`, () => {
    assert.deepEqual(parseUpstream(text), upstream);
  });
}

for (const text of [
  "",
  "dns.example",
  "1.2.3",
  "1.2.3.4:",
  "1.2.3.4:0",
  "1.2.3.4:65536",
  "[1.2.3.4]:53",
  "[::1",
  "::1:99999:x",
]) {
  test(`the upstream ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseUpstream(text), { code: "CILO_USAGE" });
  });
}
