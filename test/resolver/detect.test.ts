import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DetectedMechanism, detectMechanism, systemResolverEnvironment } from "../../src/resolver/detect.ts";
import { type FakeMachine, fakeEnvironment } from "./fake-environment.ts";

const stubText =
  "# This is /run/systemd/resolve/stub-resolv.conf managed by man:systemd-resolved(8).\nnameserver 127.0.0.53\n";
const stubLink = { "/etc/resolv.conf": "/run/systemd/resolve/stub-resolv.conf" };
const relink = 'run "sudo ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf"';

/** A machine whose programs ask systemd-resolved of this version. */
function withResolved(version: number, more: FakeMachine = {}): FakeMachine {
  return {
    files: { "/etc/resolv.conf": stubText, "/etc/nsswitch.conf": "hosts: files dns\n", ...more.files },
    links: more.links ?? stubLink,
    commands: {
      "systemctl --version": `systemd ${version} (${version}.1)\n+PAM +AUDIT\n`,
      "systemctl is-active systemd-resolved.service": "active\n",
      "resolvectl dns": "Global:\nLink 2 (eth0): 192.0.2.1\n",
      "resolvectl dnsovertls": "Global: no\nLink 2 (eth0): no\n",
      ...more.commands,
    },
  };
}

const networkManagerRuns = { "nmcli -t -f RUNNING general": "running\n" };

interface Row extends DetectedMechanism {
  name: string;
  machine: FakeMachine;
}

const rows: Row[] = [
  {
    name: "takes the resolver directory of macOS",
    machine: { platform: "darwin" },
    mechanism: "macos-resolver",
    reason: "macOS reads a file in /etc/resolver for every domain that has its own server",
    warnings: [],
  },
  {
    name: "knows no way for another system",
    machine: { platform: "freebsd" },
    mechanism: "unknown",
    reason: "no way is known for freebsd",
    warnings: [],
  },
  {
    name: "takes a delegate from systemd 258 on",
    machine: withResolved(258),
    mechanism: "dns-delegate",
    reason: "systemd-resolved 258 takes a delegate for a domain (258 or later)",
    warnings: [],
  },
  {
    name: "warns of the drop-in that an older systemd left",
    machine: withResolved(259, {
      files: { "/etc/systemd/resolved.conf.d/cilo.conf": "[Resolve]\nDNS=127.0.0.1:5354\n" },
    }),
    mechanism: "dns-delegate",
    reason: "systemd-resolved 259 takes a delegate for a domain (258 or later)",
    warnings: [
      '/etc/systemd/resolved.conf.d/cilo.conf is from an older systemd and makes every name depend on cilo: run "sudo rm /etc/systemd/resolved.conf.d/cilo.conf"',
    ],
  },
  {
    name: "takes the drop-in before systemd 258",
    machine: withResolved(257),
    mechanism: "resolved-drop-in",
    reason: "systemd-resolved 257 takes a server with a port, but no delegate before 258",
    warnings: [],
  },
  {
    name: "takes the drop-in from systemd 246 on",
    machine: withResolved(246),
    mechanism: "resolved-drop-in",
    reason: "systemd-resolved 246 takes a server with a port, but no delegate before 258",
    warnings: [],
  },
  {
    name: "refuses systemd 245, which takes no port (Ubuntu 20.04)",
    machine: withResolved(245),
    mechanism: "unknown",
    reason: "systemd-resolved 245 takes no server with a port; 246 is the first that does",
    warnings: [],
  },
  {
    name: "warns of another global server beside the drop-in",
    machine: withResolved(252, {
      files: { "/etc/systemd/resolved.conf.d/cilo.conf": "[Resolve]\nDNS=127.0.0.1:5354\n" },
      commands: { "resolvectl dns": "Global: 127.0.0.1:5354 198.51.100.7\nLink 2 (eth0): 192.0.2.1\n" },
    }),
    mechanism: "resolved-drop-in",
    reason: "systemd-resolved 252 takes a server with a port, but no delegate before 258",
    warnings: [
      "systemd-resolved has other global servers (198.51.100.7); it keeps to one global server at a time, and whenever that is not cilo the names are unknown: set them on the network connection in place of DNS= in /etc/systemd/resolved.conf",
    ],
  },
  {
    name: "does not warn of our own server",
    machine: withResolved(252, {
      files: { "/etc/systemd/resolved.conf.d/cilo.conf": "[Resolve]\nDNS=127.0.0.1:5354\n" },
      commands: { "resolvectl dns": "Global: 127.0.0.1:5354\n" },
    }),
    mechanism: "resolved-drop-in",
    reason: "systemd-resolved 252 takes a server with a port, but no delegate before 258",
    warnings: [],
  },
  {
    name: "warns when systemd-resolved insists on TLS",
    machine: withResolved(258, { commands: { "resolvectl dnsovertls": "Global: yes\n" } }),
    mechanism: "dns-delegate",
    reason: "systemd-resolved 258 takes a delegate for a domain (258 or later)",
    warnings: [
      "systemd-resolved insists on TLS to every server, which cilo does not speak: set DNSOverTLS=opportunistic in /etc/systemd/resolved.conf",
    ],
  },
  {
    name: "warns when a plain resolv.conf bypasses systemd-resolved",
    machine: withResolved(252, {
      files: { "/etc/resolv.conf": "nameserver 192.0.2.1\nnameserver 192.0.2.2 # second\n" },
      links: {},
    }),
    mechanism: "resolved-drop-in",
    reason: "systemd-resolved 252 takes a server with a port, but no delegate before 258",
    warnings: [`/etc/resolv.conf names 192.0.2.1, 192.0.2.2, so nobody asks systemd-resolved: ${relink}`],
  },
  {
    name: "warns of programs that read the uplink's servers, while the C library asks systemd-resolved",
    machine: withResolved(252, {
      files: {
        "/etc/resolv.conf": "nameserver 192.0.2.1\n",
        "/etc/nsswitch.conf": "passwd: files\nhosts: files resolve [!UNAVAIL=return] dns\n",
      },
      links: { "/etc/resolv.conf": "/run/systemd/resolve/resolv.conf" },
    }),
    mechanism: "resolved-drop-in",
    reason: "systemd-resolved 252 takes a server with a port, but no delegate before 258",
    warnings: [
      `/etc/resolv.conf names 192.0.2.1, so programs that read it themselves ask past systemd-resolved: ${relink}`,
    ],
  },
  {
    name: "accepts a plain resolv.conf that names the stub",
    machine: withResolved(258, { links: {} }),
    mechanism: "dns-delegate",
    reason: "systemd-resolved 258 takes a delegate for a domain (258 or later)",
    warnings: [],
  },
  {
    name: "warns when the C library looks no names up",
    machine: withResolved(258, { files: { "/etc/nsswitch.conf": "hosts: files # dns\n" } }),
    mechanism: "dns-delegate",
    reason: "systemd-resolved 258 takes a delegate for a domain (258 or later)",
    warnings: ['"hosts:" in /etc/nsswitch.conf has neither dns nor resolve: add dns at its end'],
  },
  {
    name: "takes the dnsmasq of NetworkManager",
    machine: {
      files: { "/etc/resolv.conf": "# Generated by NetworkManager\nnameserver 127.0.0.1\n" },
      commands: {
        ...networkManagerRuns,
        "systemctl --version": "systemd 257 (257.9-1-arch)\n",
        "NetworkManager --print-config": "# NetworkManager configuration\n[main]\ndns=dnsmasq\n",
      },
    },
    mechanism: "networkmanager-dnsmasq",
    reason: "NetworkManager runs dnsmasq (dns=dnsmasq)",
    warnings: [],
  },
  {
    name: "warns when NetworkManager's dnsmasq is bypassed",
    machine: {
      files: { "/etc/resolv.conf": "nameserver 192.0.2.1\n" },
      commands: {
        ...networkManagerRuns,
        "NetworkManager --print-config": "[main]\ndns=dnsmasq\nrc-manager=unmanaged\n",
      },
    },
    mechanism: "networkmanager-dnsmasq",
    reason: "NetworkManager runs dnsmasq (dns=dnsmasq)",
    warnings: [
      `/etc/resolv.conf names 192.0.2.1 and not NetworkManager's dnsmasq: remove the line rc-manager= from NetworkManager's configuration, or the file if something else wrote it, then run "sudo nmcli general reload dns-rc"`,
    ],
  },
  {
    name: "takes a dnsmasq of its own (Debian's package)",
    machine: {
      files: {
        "/etc/resolv.conf": "nameserver 127.0.0.1\n",
        "/etc/default/dnsmasq": "CONFIG_DIR=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new\n",
      },
      commands: { "systemctl is-active dnsmasq.service": "active\n" },
    },
    mechanism: "dnsmasq",
    reason: "dnsmasq runs and /etc/resolv.conf names 127.0.0.1",
    warnings: [],
  },
  {
    name: "warns when dnsmasq does not read its directory (no systemd)",
    machine: {
      files: {
        "/etc/resolv.conf": "nameserver ::1\n",
        "/run/dnsmasq.pid": "812\n",
        "/etc/dnsmasq.conf": "#conf-dir=/etc/dnsmasq.d\n",
      },
    },
    mechanism: "dnsmasq",
    reason: "dnsmasq runs and /etc/resolv.conf names ::1",
    warnings: [
      'dnsmasq does not read /etc/dnsmasq.d: add the line "conf-dir=/etc/dnsmasq.d/,*.conf" to /etc/dnsmasq.conf',
    ],
  },
  {
    name: "prefers the dnsmasq that is asked over a systemd-resolved that is not",
    machine: withResolved(252, {
      files: { "/etc/resolv.conf": "nameserver 127.0.0.1\n", "/etc/dnsmasq.conf": "conf-dir=/etc/dnsmasq.d/,*.conf\n" },
      links: {},
      commands: { "systemctl is-active dnsmasq.service": "active\n" },
    }),
    mechanism: "dnsmasq",
    reason: "dnsmasq runs and /etc/resolv.conf names 127.0.0.1",
    warnings: [],
  },
  {
    name: "does not take a dnsmasq that nobody asks (libvirt's) for the resolver",
    machine: {
      files: { "/etc/resolv.conf": "nameserver 192.0.2.1\n", "/run/dnsmasq.pid": "812\n" },
    },
    mechanism: "unknown",
    reason:
      "/etc/resolv.conf sends every name to 192.0.2.1; systemd-resolved or dnsmasq could send some elsewhere, and neither is in use",
    warnings: [],
  },
  {
    name: "says who wrote a resolv.conf it can do nothing with (WSL)",
    machine: {
      files: { "/etc/resolv.conf": "# This file was automatically generated by WSL.\nnameserver 172.20.0.1\n" },
      commands: { "systemctl --version": "systemd 255 (255.4-1ubuntu8)\n" },
    },
    mechanism: "unknown",
    reason:
      "/etc/resolv.conf (written by WSL) sends every name to 172.20.0.1; systemd-resolved or dnsmasq could send some elsewhere, and neither is in use",
    warnings: [],
  },
  {
    name: "names NetworkManager when the file does not say who wrote it",
    machine: {
      files: { "/etc/resolv.conf": "nameserver 192.0.2.1\n" },
      commands: { ...networkManagerRuns, "NetworkManager --print-config": "[main]\ndns=default\n" },
    },
    mechanism: "unknown",
    reason:
      "/etc/resolv.conf (written by NetworkManager) sends every name to 192.0.2.1; systemd-resolved or dnsmasq could send some elsewhere, and neither is in use",
    warnings: [],
  },
  {
    name: "does not guess what listens on the loopback interface",
    machine: { files: { "/etc/resolv.conf": "nameserver 127.0.0.11\noptions ndots:0\n" } },
    mechanism: "unknown",
    reason: "/etc/resolv.conf names 127.0.0.11, and it is not known what listens there",
    warnings: [],
  },
  {
    name: "says when the stub is named but systemd-resolved does not run",
    machine: { files: { "/etc/resolv.conf": stubText } },
    mechanism: "unknown",
    reason: "/etc/resolv.conf names 127.0.0.53, but systemd-resolved does not run",
    warnings: [],
  },
  {
    name: "says when there is no resolv.conf",
    machine: {},
    mechanism: "unknown",
    reason: "/etc/resolv.conf names no server",
    warnings: [],
  },
];

describe("detectMechanism", () => {
  for (const { name, machine, ...expected } of rows) {
    it(name, async () => {
      const detected = await detectMechanism(fakeEnvironment(machine));

      assert.deepEqual(detected, expected);
    });
  }

  it("comes to a reasoned answer on the machine the tests run on", async () => {
    const detected = await detectMechanism(systemResolverEnvironment);

    assert.notEqual(detected.reason, "");
  });
});
