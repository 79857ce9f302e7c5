import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type DaemonOptions, decideOptions, readDaemonSettings } from "../../src/daemon/options.ts";
import type { DnsSettings } from "../../src/state/settings.ts";

function decide(chosen: DaemonOptions, settings: DnsSettings = {}) {
  return decideOptions({ chosen, settings, configFile: "/home/.cilo/config.yml", state: { dnsPort: 5354 } });
}

describe("an option of the daemon", () => {
  test("has its default where nobody says anything", () => {
    assert.deepEqual(decide({}), {
      port: 5354,
      address: "127.0.0.1",
      upstreams: [],
      upstreamsSource: "/home/.cilo/config.yml",
      allow: [],
      logQueries: false,
      blockRebinding: false,
      firefoxCanary: false,
    });
  });

  test("is what the command line says, else what config.yml says", () => {
    const settings: DnsSettings = {
      port: 1,
      upstreams: ["1.1.1.1"],
      allow: ["10.0.0.0/8"],
      logQueries: true,
      blockRebinding: true,
    };

    const decided = decide({ port: 0, upstreams: ["2.2.2.2"], logQueries: false }, settings);

    assert.deepEqual(decided, {
      port: 0,
      address: "127.0.0.1",
      upstreams: ["2.2.2.2"],
      upstreamsSource: "--upstream",
      allow: ["10.0.0.0/8"],
      logQueries: false,
      blockRebinding: true,
      firefoxCanary: false,
    });
    assert.equal(decide({}, settings).upstreamsSource, "/home/.cilo/config.yml");
  });

  for (const [address, allow, expected] of [
    ["127.0.0.1", [], []],
    ["::1", [], []],
    ["0.0.0.0", ["10.0.0.0/8"], ["10.0.0.0/8"]],
    ["192.168.1.7", [], ["192.168.1.7"]],
    ["192.168.1.7", ["192.168.1.0/24"], ["192.168.1.7", "192.168.1.0/24"]],
    ["192.168.1.7", ["192.168.1.7"], ["192.168.1.7"]],
    ["fd00::7", [], ["fd00::7"]],
  ] as const) {
    test(`at ${address} with [${allow}] answers clients of [${expected}] too: the machine asks itself`, () => {
      assert.deepEqual(decide({ address, allow }).allow, expected);
    });
  }
});

test("config.yml is held to what the command line takes as servers and clients", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-options-"));
  try {
    const configFile = join(directory, "config.yml");
    const good = { upstreams: ["9.9.9.9", "[fd00::1]:53", "corp.example=10.8.0.1"], allow: ["10.1.2.3", "fd00::/8"] };
    await writeFile(configFile, JSON.stringify({ dns: good }));
    assert.deepEqual(await readDaemonSettings({ configFile }), good);

    await writeFile(configFile, "dns:\n  upstreams: [dns.google, =1.1.1.1]\n  allow: [10.0.0.0/33, home]");

    await assert.rejects(readDaemonSettings({ configFile }), ({ message }: Error) => {
      const places = message.split("\n").map((line) => line.replace(`${configFile}:`, "").replace(/, which.*/, ""));
      assert.deepEqual(places, [
        '2:15: dns.upstreams has "dns.google"',
        '2:27: dns.upstreams has "=1.1.1.1"',
        '3:11: dns.allow has "10.0.0.0/33"',
        '3:24: dns.allow has "home"',
      ]);
      return true;
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
