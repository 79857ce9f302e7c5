import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import type { ResolverMechanism } from "../../src/resolver/detect.ts";
import { planSetup, type SetupOptions, type SetupStep } from "../../src/resolver/plan.ts";
import { findTemplateDirectory, loadTemplate } from "../../src/resolver/templates.ts";

const directory = findTemplateDirectory(import.meta.dirname);
const mechanisms: ResolverMechanism[] = [
  "dns-delegate",
  "resolved-drop-in",
  "networkmanager-dnsmasq",
  "dnsmasq",
  "macos-resolver",
  "unknown",
];

/** What the files in resolver-setup are written for. */
function defaults(mechanism: ResolverMechanism): SetupOptions {
  return {
    mechanism,
    port: 5354,
    address: "127.0.0.1",
    suffixes: ["test"],
    hostnames: [],
    subnets: ["10.224.0.0/16"],
    templates: (name) => loadTemplate(directory, name),
    homeDirectory: "/home/ada",
    ciloCommand: ["cilo"],
  };
}

/** A machine where nothing is as usual. */
function unusual(mechanism: ResolverMechanism): SetupOptions {
  return {
    ...defaults(mechanism),
    port: 5300,
    address: "::1",
    suffixes: ["test", "lan"],
    hostnames: ["shop.example.dev"],
    subnets: ["172.16.0.0/15"],
    homeDirectory: "/home/ada lovelace",
    ciloCommand: ["/opt/100% node/bin/node", "/opt/R&D/cilo.cjs"],
  };
}

/** The plan as it could be written down; a file's text is left out of the command that writes it. */
function toText(steps: SetupStep[]): string {
  const lines = steps.flatMap(({ title, file, commands, undo }) => [
    `# ${title}`,
    ...(file === null ? [] : [`  ${file.from} -> ${file.to}`]),
    ...commands.map((command) => `  $ ${file === null ? command : command.replace(`\n${file.content}`, " ... ")}`),
    ...undo.map((command) => `  undo: ${command}`),
  ]);
  return `${lines.join("\n")}\n`;
}

/** The lines of a file that are no comments. */
function settingsOf(step: SetupStep | undefined): string[] {
  const lines = step?.file?.content.split("\n") ?? [];
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

const unitSteps = `# Run the daemon whenever you are logged in
  systemd-user/cilo.service -> /home/ada/.config/systemd/user/cilo.service
  $ mkdir -p /home/ada/.config/systemd/user
  $ cat >/home/ada/.config/systemd/user/cilo.service <<'END_OF_FILE' ... END_OF_FILE
  $ systemctl --user daemon-reload
  $ systemctl --user enable --now cilo.service
  undo: systemctl --user disable --now cilo.service
  undo: rm -f /home/ada/.config/systemd/user/cilo.service
  undo: systemctl --user daemon-reload
`;
const checkSteps = `# Check: the system's own lookup has to print 127.0.0.1
  $ getent ahosts ns.test
`;

/** The step that installs one system file on Linux. */
function installStep(by: string, from: string, to: string, reload: string): string {
  return `# Send cilo's domains to cilo, by ${by}
  ${from} -> ${to}/${from.split("/")[1]}
  $ sudo install -d -m 755 ${to}
  $ sudo tee ${to}/${from.split("/")[1]} >/dev/null <<'END_OF_FILE' ... END_OF_FILE
  $ sudo chmod 644 ${to}/${from.split("/")[1]}
  $ ${reload}
  undo: sudo rm -f ${to}/${from.split("/")[1]}
  undo: ${reload}
`;
}

const goldenLinuxSteps: [ResolverMechanism, string][] = [
  [
    "dns-delegate",
    installStep(
      "systemd-resolved",
      "dns-delegate/cilo.dns-delegate",
      "/etc/systemd/dns-delegate.d",
      "sudo systemctl restart systemd-resolved",
    ),
  ],
  [
    "resolved-drop-in",
    installStep(
      "systemd-resolved",
      "systemd-resolved/cilo.conf",
      "/etc/systemd/resolved.conf.d",
      "sudo systemctl restart systemd-resolved",
    ),
  ],
  [
    "networkmanager-dnsmasq",
    installStep("dnsmasq", "dnsmasq/cilo.conf", "/etc/NetworkManager/dnsmasq.d", "sudo nmcli general reload dns-full"),
  ],
  ["dnsmasq", installStep("dnsmasq", "dnsmasq/cilo.conf", "/etc/dnsmasq.d", "sudo systemctl restart dnsmasq")],
  [
    "unknown",
    `# Have the resolver this machine uses send test, 224.10.in-addr.arpa to 127.0.0.1 port 5354
  $ # Nothing here can send single domains elsewhere. Install systemd-resolved or dnsmasq and run this again, or
  $ # point single programs at it: dig @127.0.0.1 -p 5354 NAME
`,
  ],
];

const goldenMacosPlan = `# Run the daemon whenever you are logged in
  launchd/cilo.dns.plist -> /home/ada/Library/LaunchAgents/cilo.dns.plist
  $ mkdir -p /home/ada/Library/LaunchAgents
  $ cat >/home/ada/Library/LaunchAgents/cilo.dns.plist <<'END_OF_FILE' ... END_OF_FILE
  $ launchctl bootstrap gui/$(id -u) /home/ada/Library/LaunchAgents/cilo.dns.plist
  undo: launchctl bootout gui/$(id -u)/cilo.dns
  undo: rm -f /home/ada/Library/LaunchAgents/cilo.dns.plist
# Send test to cilo
  macos/test -> /etc/resolver/test
  $ sudo install -d -m 755 /etc/resolver
  $ sudo tee /etc/resolver/test >/dev/null <<'END_OF_FILE' ... END_OF_FILE
  $ sudo chmod 644 /etc/resolver/test
  $ sudo dscacheutil -flushcache
  $ sudo killall -HUP mDNSResponder
  undo: sudo rm -f /etc/resolver/test
  undo: sudo dscacheutil -flushcache
  undo: sudo killall -HUP mDNSResponder
# Send 224.10.in-addr.arpa to cilo
  macos/224.10.in-addr.arpa -> /etc/resolver/224.10.in-addr.arpa
  $ sudo install -d -m 755 /etc/resolver
  $ sudo tee /etc/resolver/224.10.in-addr.arpa >/dev/null <<'END_OF_FILE' ... END_OF_FILE
  $ sudo chmod 644 /etc/resolver/224.10.in-addr.arpa
  $ sudo dscacheutil -flushcache
  $ sudo killall -HUP mDNSResponder
  undo: sudo rm -f /etc/resolver/224.10.in-addr.arpa
  undo: sudo dscacheutil -flushcache
  undo: sudo killall -HUP mDNSResponder
# Check: the system's own lookup has to print 127.0.0.1
  $ dscacheutil -q host -a name ns.test
`;

describe("planSetup", () => {
  for (const [mechanism, steps] of goldenLinuxSteps) {
    it(`plans for ${mechanism}`, () => {
      assert.equal(toText(planSetup(defaults(mechanism))), unitSteps + steps + checkSteps);
    });
  }

  it("plans for macos-resolver", () => {
    assert.equal(toText(planSetup(defaults("macos-resolver"))), goldenMacosPlan);
  });

  for (const mechanism of mechanisms) {
    it(`installs the files as they stand in resolver-setup when nothing is configured (${mechanism})`, () => {
      for (const { file } of planSetup(defaults(mechanism))) {
        if (file !== null) assert.equal(file.content, loadTemplate(directory, file.from));
      }
    });
  }

  it("uses every file of resolver-setup, and none that is not there", () => {
    const files = readdirSync(directory, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));

    const used = mechanisms.flatMap((mechanism) => planSetup(defaults(mechanism)).map(({ file }) => file?.from));

    assert.deepEqual([...new Set(used)].filter((name) => name !== undefined).sort(), files.sort());
  });

  it("puts server and routes of this machine into systemd-resolved's files", () => {
    for (const mechanism of ["dns-delegate", "resolved-drop-in"] as const) {
      const [, step] = planSetup(unusual(mechanism));

      assert.deepEqual(settingsOf(step).slice(1), [
        "DNS=[::1]:5300",
        "Domains=~test ~lan ~shop.example.dev ~16.172.in-addr.arpa ~17.172.in-addr.arpa",
      ]);
    }
  });

  it("puts server and domains of this machine into dnsmasq's file", () => {
    const [, step] = planSetup(unusual("dnsmasq"));

    assert.deepEqual(settingsOf(step), [
      "server=/test/::1#5300",
      "server=/lan/::1#5300",
      "server=/shop.example.dev/::1#5300",
      "server=/16.172.in-addr.arpa/::1#5300",
      "server=/17.172.in-addr.arpa/::1#5300",
      "rebind-domain-ok=/test/lan/shop.example.dev/",
    ]);
  });

  it("makes one file a domain on macOS, and checks every suffix", () => {
    const steps = planSetup(unusual("macos-resolver"));

    const files = steps.slice(1).flatMap(({ file }) => (file === null ? [] : [file.to]));
    assert.deepEqual(files, [
      "/etc/resolver/test",
      "/etc/resolver/lan",
      "/etc/resolver/shop.example.dev",
      "/etc/resolver/16.172.in-addr.arpa",
      "/etc/resolver/17.172.in-addr.arpa",
    ]);
    assert.deepEqual(settingsOf(steps[1]), ["nameserver ::1", "port 5300", "timeout 2"]);
    assert.deepEqual(steps.at(-1)?.commands, [
      "dscacheutil -q host -a name ns.test",
      "dscacheutil -q host -a name ns.lan",
    ]);
  });

  it("has the unit start cilo where it is, with what differs from the defaults", () => {
    const [step] = planSetup(unusual("dns-delegate"));

    const line = settingsOf(step).find((setting) => setting.startsWith("ExecStart="));
    assert.equal(line, `ExecStart="/opt/100%% node/bin/node" /opt/R&D/cilo.cjs dns start --port 5300 --address ::1`);
  });

  it("has the agent start cilo where it is, as XML", () => {
    const [step] = planSetup(unusual("macos-resolver"));

    const words = [
      "/opt/100% node/bin/node",
      "/opt/R&amp;D/cilo.cjs",
      "dns",
      "start",
      "--port",
      "5300",
      "--address",
      "::1",
    ];
    const line = `\n    ${words.map((word) => `<string>${word}</string>`).join(" ")}\n`;
    assert.ok(step?.file?.content.includes(line), step?.file?.content);
  });

  it("quotes paths in the commands", () => {
    const [step] = planSetup(unusual("dns-delegate"));

    assert.equal(step?.commands[0], "mkdir -p '/home/ada lovelace/.config/systemd/user'");
  });
});
