import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  applyChosen,
  createUpstreamEnvironment,
  type DetectedUpstreams,
  type DetectionOptions,
  detectUpstreams,
  formatUpstream,
  listRoutes,
  parseChosenUpstream,
  type Upstream,
} from "../../src/dns/upstreams.ts";
import { type Machine, machine } from "./upstreams/machine.ts";

const ours: Upstream = { address: "127.0.0.1", port: 5354 };
const resolvedUplinks = "/run/systemd/resolve/resolv.conf";
const stubFile = { "/run/systemd/resolve/stub-resolv.conf": "stub-resolv.conf" };

const itself = "it is cilo itself";
const stub = "it is systemd-resolved's stub, which may ask cilo in turn";
const loop = "it asks cilo in turn";
const noScope = "the interface of a link-local address is missing";
const noAddress = "it is not an IP address";

interface Shown {
  servers: string[];
  source: string;
  routes: Record<string, string[]>;
  leftOut: Record<string, string>;
}

interface Row extends Partial<Shown> {
  title: string;
  machine: Machine;
  own?: Upstream[];
  /** What probes find of servers of the machine itself; others are silent. */
  verdicts?: Record<string, "loops" | "answers">;
  servers: string[];
  source: string;
}

const manyServers = {
  servers: ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53", "192.0.2.4:53", "[2001:db8::53]:53"],
  leftOut: { "not-an-address:53": noAddress, "[fe80::9]:53": noScope },
};

const rows: Row[] = [
  {
    title: "resolved of 259 or later tells everything in JSON: default routes, domains, ports, delegates",
    machine: { files: stubFile, programs: { resolvectl: "resolvectl-259.json", busctl: "busctl-vpn.json" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "systemd-resolved (resolvectl)",
    routes: {
      "corp.example.com": ["10.8.0.1:5353", "[fd00:8::1]:53"],
      "eng.example.com": ["10.8.0.1:5353", "[fd00:8::1]:53"],
      "office.example": ["10.1.0.53:53"],
    },
    leftOut: {
      "127.0.0.1:5354": itself,
      "10.9.0.1:53": "its link takes no names but its own, of which it has none",
    },
  },
  {
    title: "resolved's JSON is read as a whole reply as well",
    machine: { files: stubFile, programs: { resolvectl: "resolvectl-259-reply.json" } },
    servers: ["192.0.2.53:53"],
    source: "systemd-resolved (resolvectl)",
  },
  {
    title: "98: over D-Bus a VPN with a route-only domain serves its domains alone; the link's index is its scope",
    machine: { files: stubFile, programs: { resolvectl: "resolvectl-status.txt", busctl: "busctl-vpn.json" } },
    servers: ["[fe80::1%wlp2s0]:53"],
    source: "systemd-resolved (D-Bus)",
    routes: { "corp.example.com": ["10.8.0.1:53"], "eng.example.com": ["10.8.0.1:53"] },
    leftOut: { "127.0.0.1:5354": itself },
  },
  {
    title: "over D-Bus two links are asked whether they are default routes, since their domains do not tell",
    machine: {
      files: stubFile,
      programs: {
        "org.freedesktop.resolve1.Manager DNSEx Domains": "busctl-two-links.json",
        "/org/freedesktop/resolve1/link/_314 org.freedesktop.resolve1.Link DefaultRoute": "busctl-link-14.json",
        "/org/freedesktop/resolve1/link/_34 org.freedesktop.resolve1.Link DefaultRoute": "busctl-link-4.json",
      },
    },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "systemd-resolved (D-Bus)",
    routes: { "corp.example.com": ["10.8.0.1:53"] },
  },
  {
    title: "over D-Bus a link with a search domain is a default route too where resolved does not say",
    machine: { files: stubFile, programs: { busctl: "busctl-two-links.json" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53", "10.8.0.1:53"],
    source: "systemd-resolved (D-Bus)",
    routes: { "corp.example.com": ["10.8.0.1:53"], "fritz.box": ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"] },
  },
  {
    title: "a link that takes all names is the only one asked",
    machine: { files: stubFile, programs: { busctl: "busctl-full-tunnel.json" } },
    servers: ["10.64.0.1:5353"],
    source: "systemd-resolved (D-Bus)",
    leftOut: { "192.168.1.1:53": "another link takes all names" },
  },
  {
    title: "resolved's text is read where D-Bus does not answer: a link's name is the scope, lines go on",
    machine: { files: stubFile, programs: { resolvectl: "resolvectl-status.txt" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "systemd-resolved (resolvectl, text)",
    routes: {
      "corp.example.com": ["10.8.0.1:53", "[fd00:8::1]:53"],
      "eng.example.com": ["10.8.0.1:53", "[fd00:8::1]:53"],
    },
    leftOut: { "127.0.0.1:5354": itself },
  },
  {
    title: "resolved's text of 258 has delegates; ours is left out, and another's serves its domain",
    machine: { files: stubFile, programs: { resolvectl: "resolvectl-258-delegate.txt" } },
    servers: ["192.168.1.1:53", "[2001:db8::53]:5353", "[fe80::1%wlp2s0]:53"],
    source: "systemd-resolved (resolvectl, text)",
    routes: { "office.example": ["10.1.0.53:53"] },
    leftOut: { "127.0.0.1:5354": itself },
  },
  {
    title: "resolved's text of before 246 says in its own words which link is a default route",
    machine: { files: stubFile, programs: { resolvectl: "resolvectl-239.txt" } },
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "systemd-resolved (resolvectl, text)",
    routes: { "corp.example.com": ["10.8.0.1:53"] },
  },
  {
    title: "where resolved knows only cilo, the next source is read",
    machine: {
      programs: { busctl: "busctl-only-us.json" },
      files: {
        [resolvedUplinks]: "stub-resolv.conf",
        "/run/NetworkManager/no-stub-resolv.conf": "many-servers-resolv.conf",
      },
    },
    servers: manyServers.servers,
    source: "/run/NetworkManager/no-stub-resolv.conf",
    leftOut: { "127.0.0.1:5354": itself, "127.0.0.53:53": stub, ...manyServers.leftOut },
  },
  {
    title: "96: resolved's uplinks of 246 to 249 list cilo without its port",
    machine: { files: { [resolvedUplinks]: "resolved-uplink.conf" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: resolvedUplinks,
    leftOut: { "127.0.0.1:53": "it is cilo itself, listed without its port" },
  },
  {
    title: "resolved's uplinks of 250 and later do not list cilo",
    machine: { files: { [resolvedUplinks]: "resolved-uplink-250.conf" } },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: resolvedUplinks,
  },
  {
    title: "NetworkManager's file without the stub goes before the other",
    machine: {
      files: {
        "/run/NetworkManager/no-stub-resolv.conf": "resolvconf-eth0.conf",
        "/run/NetworkManager/resolv.conf": "resolvconf-tun0.conf",
      },
    },
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "/run/NetworkManager/no-stub-resolv.conf",
  },
  {
    title: "NetworkManager's other file is read where that one is missing",
    machine: { files: { "/run/NetworkManager/resolv.conf": "resolvconf-eth0.conf" } },
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "/run/NetworkManager/resolv.conf",
  },
  {
    title: "nmcli is asked where NetworkManager's files name only a stub; escaped colons, one domain a device",
    machine: {
      files: { "/run/NetworkManager/resolv.conf": "stub-resolv.conf" },
      programs: { nmcli: "nmcli-dev-show.txt" },
    },
    servers: ["192.168.1.1:53", "192.168.1.2:53", "[fe80::1%wlp2s0]:53", "10.8.0.1:53", "[fd00:8::1]:53"],
    source: "nmcli",
    routes: {
      "corp.example.com": ["10.8.0.1:53", "[fd00:8::1]:53"],
      "fritz.box": ["192.168.1.1:53", "192.168.1.2:53", "[fe80::1%wlp2s0]:53"],
    },
    leftOut: { "127.0.0.53:53": stub },
  },
  {
    title: "the servers that a local dnsmasq was given are taken rather than dnsmasq",
    machine: {
      files: { "/run/dnsmasq/resolv.conf": "resolvconf-eth0.conf" },
      texts: { "/etc/resolv.conf": "nameserver 127.0.0.1\n" },
    },
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "/run/dnsmasq/resolv.conf",
  },
  {
    title: "Debian's resolvconf keeps one file for each interface",
    machine: {
      files: {
        "/run/resolvconf/interface/eth0.dhclient": "resolvconf-eth0.conf",
        "/run/resolvconf/interface/tun0.openvpn": "resolvconf-tun0.conf",
      },
    },
    servers: ["192.0.2.1:53", "192.0.2.2:53", "10.8.0.1:53"],
    source: "/run/resolvconf/interface",
  },
  {
    title: "openresolv keeps one file for each interface",
    machine: { files: { "/run/resolvconf/interfaces/eth0": "resolvconf-eth0.conf" } },
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "/run/resolvconf/interfaces",
  },
  {
    title: "openresolv is asked where it shows no files",
    machine: { files: { "/etc/resolv.conf": "stub-resolv.conf" }, programs: { resolvconf: "resolvconf-list.txt" } },
    servers: ["192.0.2.1:53", "10.8.0.1:53"],
    source: "resolvconf -l",
  },
  {
    title: "/etc/resolv.conf may list more than three servers, comments, tabs and things that are none",
    machine: { files: { "/etc/resolv.conf": "many-servers-resolv.conf" } },
    ...manyServers,
    source: "/etc/resolv.conf",
  },
  {
    title: "/etc/resolv.conf may have lines of Windows, both kinds of comments and one server in three writings",
    machine: {
      texts: {
        "/etc/resolv.conf":
          "; old\r\n#nameserver 192.0.2.9\r\nnameserver 2001:DB8:0::53 ; v6\r\n" +
          "nameserver 2001:db8::53\r\nnameserver ::ffff:192.0.2.1\r\nnameserver 192.0.2.1\r\noptions rotate\r\n",
      },
    },
    servers: ["[2001:db8::53]:53", "192.0.2.1:53"],
    source: "/etc/resolv.conf",
  },
  {
    title: "a scope that is an index is the interface's name by the interface's addresses, or by its index file",
    machine: {
      texts: {
        "/etc/resolv.conf":
          "nameserver fe80::1%4\nnameserver fe80::2%6\nnameserver fe80::3%9\nnameserver fe80::4%eth9\n",
        "/sys/class/net/lo/ifindex": "1\n",
        "/sys/class/net/tun0/ifindex": "6\n",
      },
    },
    servers: ["[fe80::1%wlp2s0]:53", "[fe80::2%tun0]:53", "[fe80::4%eth9]:53"],
    source: "/etc/resolv.conf",
    leftOut: { "[fe80::3%9]:53": "no network interface has that index" },
  },
  {
    title: "another server on 127.0.0.1 is taken from /etc/resolv.conf, and 0.0.0.0 is that one as well",
    machine: { texts: { "/etc/resolv.conf": "nameserver 0.0.0.0\nnameserver 127.0.0.1\nnameserver ::\n" } },
    servers: ["127.0.0.1:53", "[::1]:53"],
    source: "/etc/resolv.conf",
  },
  {
    title: "96: on every address cilo is itself at each of them",
    machine: { texts: { "/etc/resolv.conf": "nameserver 127.0.0.1\nnameserver 192.168.1.7\nnameserver ::1\n" } },
    own: [{ address: "0.0.0.0", port: 53 }],
    servers: ["[::1]:53"],
    source: "/etc/resolv.conf",
    leftOut: { "127.0.0.1:53": itself, "192.168.1.7:53": itself },
  },
  {
    title: "96: cilo is left out at each place it listens at, in whatever writing",
    machine: {
      texts: {
        "/etc/resolv.conf": "nameserver 127.0.0.1\nnameserver 0:0::1\nnameserver fe80::7%4\nnameserver 192.0.2.1\n",
      },
    },
    own: [
      { address: "127.0.0.1", port: 53 },
      { address: "::", port: 53 },
    ],
    servers: ["192.0.2.1:53"],
    source: "/etc/resolv.conf",
    leftOut: { "127.0.0.1:53": itself, "[::1]:53": itself, "[fe80::7%wlp2s0]:53": itself },
  },
  {
    title: "96: a server of this machine whose probe comes back is left out, and the others are taken",
    machine: { texts: { "/etc/resolv.conf": "nameserver 127.0.0.1\nnameserver 192.168.1.7\n" } },
    verdicts: { "127.0.0.1:53": "loops" },
    servers: ["192.168.1.7:53"],
    source: "/etc/resolv.conf",
    leftOut: { "127.0.0.1:53": loop },
  },
  {
    title: "95: a stub alone gives nothing, and no public server stands in",
    machine: { files: { "/etc/resolv.conf": "stub-resolv.conf" } },
    servers: [],
    source: "none",
    leftOut: { "127.0.0.53:53": stub },
  },
  {
    title: "96: a stub that shows that it does not ask cilo is taken",
    machine: { files: { "/etc/resolv.conf": "stub-resolv.conf" } },
    verdicts: { "127.0.0.53:53": "answers" },
    servers: ["127.0.0.53:53"],
    source: "/etc/resolv.conf",
  },
  {
    title: "a source that knows only domains leaves the other names to the next one",
    machine: {
      programs: { resolvectl: "resolvectl-259.json" },
      files: { ...stubFile, "/etc/resolv.conf": "resolvconf-eth0.conf" },
    },
    own: [ours, { address: "192.168.1.1", port: 53 }, { address: "fe80::1%wlp2s0", port: 53 }],
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "/etc/resolv.conf",
    routes: {
      "corp.example.com": ["10.8.0.1:5353", "[fd00:8::1]:53"],
      "eng.example.com": ["10.8.0.1:5353", "[fd00:8::1]:53"],
      "office.example": ["10.1.0.53:53"],
    },
    leftOut: {
      "127.0.0.1:5354": itself,
      "192.168.1.1:53": itself,
      "[fe80::1%wlp2s0]:53": itself,
      "10.9.0.1:53": "its link takes no names but its own, of which it has none",
    },
  },
  {
    title:
      "98: macOS: a VPN's domain is a route, whole IPv6 addresses, our own file is left out, scoped queries ignored",
    machine: { platform: "darwin", programs: { scutil: "scutil-vpn.txt" } },
    servers: ["192.168.178.1:53", "[fd00::1ce:c0de:1]:53", "[fe80::1ce:c0de%en0]:53"],
    source: "scutil --dns",
    routes: { "corp.example.com": ["10.8.0.1:53"] },
    leftOut: { "127.0.0.1:5354": itself },
  },
  {
    title: "macOS: a supplemental resolver for every name is asked first",
    machine: { platform: "darwin", programs: { scutil: "scutil-full-tunnel.txt" } },
    servers: ["100.100.100.100:53", "8.8.8.8:53"],
    source: "scutil --dns",
    routes: { "tail1234.ts.net": ["100.100.100.100:53"] },
  },
  {
    title: "macOS: a port is for all servers of its block; the scope comes from the block or from the index's name",
    machine: { platform: "darwin", programs: { scutil: "scutil-ports.txt" } },
    servers: ["192.0.2.1:53", "[fe80::9%en0]:53", "[fe80::a%utun4]:53"],
    source: "scutil --dns",
    routes: { "deep.lab.example": ["192.0.2.8:5300"], "lab.example": ["127.0.0.1:5353", "192.0.2.7:5353"] },
    leftOut: { "127.0.0.1:5354": itself },
  },
  {
    title: "macOS offline has none",
    machine: { platform: "darwin", programs: { scutil: "scutil-offline.txt" } },
    servers: [],
    source: "none",
  },
  {
    title: "macOS: /etc/resolv.conf is read where scutil fails",
    machine: { platform: "darwin", files: { "/etc/resolv.conf": "resolvconf-eth0.conf" } },
    servers: ["192.0.2.1:53", "192.0.2.2:53"],
    source: "/etc/resolv.conf",
  },
];

for (const row of rows) {
  test(row.title, async () => {
    const found = await detectUpstreams(machine(row.machine), toOptions(row));

    assert.deepEqual(toShown(found), {
      servers: row.servers,
      source: row.source,
      routes: row.routes ?? {},
      leftOut: row.leftOut ?? {},
    });
  });
}

function toOptions({ own = [ours], verdicts = {} }: Pick<Row, "own" | "verdicts">): DetectionOptions {
  return { own, probe: async (server) => verdicts[formatUpstream(server)] ?? "silent" };
}

function toShown({ table, source, leftOut }: DetectedUpstreams): Shown {
  return {
    servers: table.servers.map(formatUpstream),
    source,
    routes: Object.fromEntries(listRoutes(table).map(({ domain, servers }) => [domain, servers])),
    leftOut: Object.fromEntries(leftOut.map(({ server, reason }) => [server, reason])),
  };
}

test("no program of resolved or NetworkManager is run where their folders are not there", async () => {
  const ran: string[] = [];

  await detectUpstreams(machine({ files: { "/etc/resolv.conf": "resolvconf-eth0.conf" } }, ran), { own: [ours] });

  assert.deepEqual(ran, ["resolvconf -l"]);
});

test("a program that two sources read is run once, a server that two sources list is probed once", async () => {
  const ran: string[] = [];
  const probed: string[] = [];
  const stubbed = machine(
    { files: { ...stubFile, "/etc/resolv.conf": "stub-resolv.conf", [resolvedUplinks]: "stub-resolv.conf" } },
    ran,
  );

  await detectUpstreams(stubbed, {
    own: [ours],
    probe: async (server) => {
      probed.push(formatUpstream(server));
      return "silent";
    },
  });

  assert.deepEqual(probed, ["127.0.0.53:53"]);
  assert.equal(ran.filter((command) => command.startsWith("resolvectl")).length, 1);
});

test("servers of other machines are not probed", async () => {
  const found = await detectUpstreams(machine({ files: { "/etc/resolv.conf": "resolvconf-eth0.conf" } }), {
    own: [ours],
    probe: () => assert.fail("probed"),
  });

  assert.equal(found.table.servers.length, 2);
});

test("the sources that gave nothing to read are told", async () => {
  const found = await detectUpstreams(machine({ platform: "darwin" }), { own: [ours] });

  assert.deepEqual(found.unread, ["scutil --dns", "/etc/resolv.conf"]);
});

test("detection runs on this machine", async () => {
  const found = await detectUpstreams(createUpstreamEnvironment(), { own: [ours] });

  assert.equal(found.table.servers.length === 0, found.source === "none");
});

const chosenRows: (Omit<Row, "machine"> & { chosen: string[] })[] = [
  {
    title: "chosen servers take the place of the machine's, its domains included",
    chosen: ["192.0.2.77", "[2001:db8::1]:5353"],
    servers: ["192.0.2.77:53", "[2001:db8::1]:5353"],
    source: "--upstream",
  },
  {
    title: "98: a server chosen for a domain leaves all other names to the machine's",
    chosen: ["corp.example=10.8.0.77:5353", "Corp.Example.=10.8.0.78"],
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "--upstream, systemd-resolved (D-Bus)",
    routes: { "corp.example": ["10.8.0.77:5353", "10.8.0.78:53"], "corp.example.com": ["10.8.0.1:53"] },
  },
  {
    title: "98: a server chosen for a domain goes before the machine's for that domain",
    chosen: ["corp.example.com=10.8.0.77"],
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "--upstream, systemd-resolved (D-Bus)",
    routes: { "corp.example.com": ["10.8.0.77:53"] },
  },
  {
    title: "98: servers are chosen for all names and for domains together",
    chosen: ["corp.example=10.8.0.77", "192.0.2.77", ".=192.0.2.78"],
    servers: ["192.0.2.77:53", "192.0.2.78:53"],
    source: "--upstream",
    routes: { "corp.example": ["10.8.0.77:53"] },
  },
  {
    title: "96: a chosen server that is cilo, or asks cilo, is left out, and none of the machine's stands in",
    chosen: ["127.0.0.1:5354", "127.0.0.1:5300"],
    verdicts: { "127.0.0.1:5300": "loops" },
    servers: [],
    source: "--upstream",
    leftOut: { "127.0.0.1:5354": itself, "127.0.0.1:5300": loop },
  },
  {
    title: "96: names of a domain whose chosen server is left out are asked of nobody else",
    chosen: ["corp.example.com=127.0.0.1:5300", "eng.example=127.0.0.1:5354", "eng.example=10.8.0.77"],
    verdicts: { "127.0.0.1:5300": "loops" },
    servers: ["192.168.1.1:53", "[fe80::1%wlp2s0]:53"],
    source: "--upstream, systemd-resolved (D-Bus)",
    routes: { "corp.example.com": [], "eng.example": ["10.8.0.77:53"] },
    leftOut: { "127.0.0.1:5300": loop, "127.0.0.1:5354": itself },
  },
  {
    title: "96: a chosen stub is taken although it says nothing",
    chosen: ["127.0.0.53"],
    servers: ["127.0.0.53:53"],
    source: "--upstream",
  },
];

for (const row of chosenRows) {
  test(row.title, async () => {
    const environment = machine({
      files: stubFile,
      programs: {
        "org.freedesktop.resolve1.Manager DNSEx Domains": "busctl-two-links.json",
        "_314 org.freedesktop.resolve1.Link DefaultRoute": "busctl-link-14.json",
        "_34 org.freedesktop.resolve1.Link DefaultRoute": "busctl-link-4.json",
      },
    });
    const chosen = { upstreams: row.chosen.map(parseChosenUpstream), source: "--upstream" };

    const found = await applyChosen(environment, chosen, toOptions(row));

    assert.deepEqual(toShown(found), {
      servers: row.servers,
      source: row.source,
      routes: row.routes ?? {},
      leftOut: row.leftOut ?? {},
    });
  });
}

const words = fc.constantFrom(
  "nameserver",
  "nameserver[0]",
  "domain",
  "port",
  "flags",
  "if_index",
  "Supplemental",
  "resolver #1",
  "Global",
  "Link 4 (wlp2s0)",
  "Delegate x",
  "DNS Servers:",
  "DNS Domain:",
  "Protocols:",
  "+DefaultRoute",
  "GENERAL.DEVICE:eth0",
  "IP4.DNS[1]:",
  "IP6.DNS[1]:fe80\\:\\:1",
  " : ",
  ":",
  "\n",
  "\r\n",
  "  ",
  "192.0.2.1",
  "192.0.2.1:70000",
  "fe80::1%4",
  "fe80::1",
  "[::1]:53",
  "%",
  "#",
  ";",
  "~",
  ".",
  "..",
  "~.",
  "0.0.0.0",
  "::",
  "::ffff:127.0.0.1",
  "999999",
  "14 (en0)",
  "é.example",
);
const texts = fc.oneof(
  fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }).map((parts) => parts.join(" ")),
  fc.json(),
  fc.constantFrom(
    '[{"servers":[{"addressString":"x","port":-1}]}]',
    '[{"servers":[{"addressString":"192.0.2.1","port":65536}]}]',
    '{"type":"a(iiayqs)","data":[[0,2,[1,2,3],0,""]]}\n{"type":"a(isb)","data":[]}',
    '{"type":"a(iiayqs)","data":[[0,2,[1,2,3,4],99999,""]]}\n{"type":"a(isb)","data":[[3,"",true]]}',
  ),
);

for (const platform of ["linux", "darwin"] as const) {
  test(`whatever files and programs of ${platform} say, only servers that can be asked are taken`, async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (said, written) => {
        const environment = {
          ...machine({
            platform,
            texts: { "/etc/resolv.conf": written, "/run/NetworkManager/resolv.conf": "", "/run/systemd/resolve/x": "" },
          }),
          run: async () => said,
        };

        const { table } = await detectUpstreams(environment, { own: [ours] });

        for (const { address, port } of [table.servers, ...table.routes.values()].flat()) {
          assert.ok(isIP(address) !== 0 && port >= 1 && port <= 65_535, `${address} port ${port}`);
          assert.doesNotMatch(address, /^fe80:[^%]*$|^0\.0\.0\.0$|^::$|%\d+$/);
        }
      }),
    );
  });
}
