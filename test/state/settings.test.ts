import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { exec } from "../../src/base/exec.ts";
import { parseSettings } from "../../src/state/parse-settings.ts";
import { readSettings } from "../../src/state/settings.ts";

const checks = {
  findUpstreamProblem: (text: string) => (text.startsWith("bad") ? "which is no server" : null),
  findRangeProblem: (text: string) => (text.startsWith("bad") ? "which is no CIDR" : null),
  findBaseSubnetProblem: (text: string) => (text.startsWith("bad") ? "which is no block" : null),
};

function parse(text: string) {
  return parseSettings(text, { file: "config.yml", checks });
}

/** Everything that is wrong with a file's text. */
function problemsOf(text: string): string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_CONFIG_INVALID");
    assert.equal(error.exitCode, 2);
    assert.equal(
      error.hint,
      "edit config.yml; it may have dns with the keys port, address, upstreams, allow, logQueries, blockRebinding, firefoxCanary; network with the keys base_subnet, kept_base_subnet; trash with the keys keep_days, max_size_mb",
    );
    return error.message.split("\n");
  }
}

describe("config.yml", () => {
  test("says how the DNS server runs", () => {
    const text = [
      "dns:",
      "  port: 5454",
      "  address: 127.0.0.1",
      "  upstreams: [192.168.1.1, corp.example=10.8.0.1]",
      "  allow:",
      "    - 192.168.1.0/24",
      "  logQueries: true",
      "  blockRebinding: false",
      "  firefoxCanary: true",
    ].join("\n");

    assert.deepEqual(parse(text), {
      dns: {
        port: 5454,
        address: "127.0.0.1",
        upstreams: ["192.168.1.1", "corp.example=10.8.0.1"],
        allow: ["192.168.1.0/24"],
        logQueries: true,
        blockRebinding: false,
        firefoxCanary: true,
      },
      network: {},
      trash: {},
    });
  });

  test("says where subnets are taken from and what the trash may have", () => {
    const text = [
      "network:",
      "  base_subnet: 10.240.0.0/16",
      "  kept_base_subnet: 10.241.0.0/16",
      "trash: { keep_days: 30, max_size_mb: 0 }",
    ].join("\n");

    assert.deepEqual(parse(text), {
      dns: {},
      network: { baseSubnet: "10.240.0.0/16", keptBaseSubnet: "10.241.0.0/16" },
      trash: { keepDays: 30, maxSizeMb: 0 },
    });
  });

  test("is taken as it stands where nobody judges it", () => {
    const text = "dns: { upstreams: [bad], allow: [bad] }\nnetwork: { base_subnet: bad }";

    const settings = parseSettings(text, { file: "config.yml", checks: {} });

    assert.deepEqual(settings, {
      dns: { upstreams: ["bad"], allow: ["bad"] },
      network: { baseSubnet: "bad" },
      trash: {},
    });
  });

  const nothing = { dns: {}, network: {}, trash: {} };
  for (const text of ["", "# nothing yet\n", "dns:\n", "dns: {}\n", "dns:\n  port:\n", "network:\ntrash: {}\n"]) {
    test(`may say nothing: ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text), nothing));
  }

  const wrong: [string, string[]][] = [
    ["dns: [1]", ["config.yml:1:6: dns is [1], allowed are keys with values"]],
    ["5354", ["config.yml:1:1: the file is 5354, allowed are keys with values"]],
    ["dms: {}", ['config.yml:1:1: unknown key "dms", allowed are dns, network, trash']],
    [
      "dns:\n  ports: 1\n  loQueries: true",
      [
        'config.yml:2:3: unknown key "ports", allowed are port, address, upstreams, allow, logQueries, blockRebinding, firefoxCanary',
        'config.yml:3:3: unknown key "loQueries", allowed are port, address, upstreams, allow, logQueries, blockRebinding, firefoxCanary',
      ],
    ],
    [
      'dns:\n  port: "5354"\n  address: localhost\n  logQueries: yes',
      [
        'config.yml:2:9: dns.port is "5354", allowed is a whole number from 0 to 65535',
        'config.yml:3:12: dns.address is "localhost", allowed is an IP address such as "127.0.0.1"',
        'config.yml:4:15: dns.logQueries is "yes", allowed are true and false',
      ],
    ],
    ["dns: { port: 65536 }", ["config.yml:1:14: dns.port is 65536, allowed is a whole number from 0 to 65535"]],
    ["dns: { port: 1.5 }", ["config.yml:1:14: dns.port is 1.5, allowed is a whole number from 0 to 65535"]],
    [
      "dns:\n  upstreams:\n    - 1.1.1.1\n    - bad1\n    - 7\n  allow: bad",
      [
        'config.yml:4:7: dns.upstreams has "bad1", which is no server',
        "config.yml:5:7: dns.upstreams has 7, allowed is a list of servers",
        'config.yml:6:10: dns.allow is "bad", allowed is a list of addresses and CIDRs',
      ],
    ],
    [
      "network: { base_subnet: bad, kept_base_subnet: 10, baseSubnet: x }",
      [
        'config.yml:1:25: network.base_subnet is "bad", which is no block',
        'config.yml:1:48: network.kept_base_subnet is 10, allowed is an IPv4 CIDR such as "10.224.0.0/16"',
        'config.yml:1:52: unknown key "baseSubnet", allowed are base_subnet, kept_base_subnet',
      ],
    ],
    [
      "trash:\n  keep_days: -1\n  max_size_mb: 1.5\n",
      [
        "config.yml:2:14: trash.keep_days is -1, allowed is a whole number from 0 to 36500",
        "config.yml:3:16: trash.max_size_mb is 1.5, allowed is a whole number from 0 to 1000000000",
      ],
    ],
  ];
  for (const [text, problems] of wrong) {
    test(`tells all that is wrong with ${JSON.stringify(text)}`, () => assert.deepEqual(problemsOf(text), problems));
  }

  test("tells what is no YAML, a key that stands twice, and aliases that lead nowhere or explode", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [name, of] of ["ba", "cb", "dc", "ed"]) {
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${of}`).join(", ")}]`);
    }
    const texts = ["dns: [", "dns:\n  port: 1\n  port: 2", "dns: *nobody", `dns: {}\n${bomb.join("\n")}`];
    for (const text of texts) {
      const problems = problemsOf(text);

      assert.ok(problems.length > 0, text);
      for (const problem of problems) assert.match(problem, /^config\.yml:\d+:\d+: ./);
    }
  });
});

describe("a problem in config.yml", () => {
  const cases: [string, string, string][] = [
    [
      "of a value that contains itself is one",
      "dns: &dns\n  allow: *dns\n",
      "config.yml:2:10: dns.allow is a value that contains itself, allowed is a list of addresses and CIDRs",
    ],
    [
      "shows of a long value what it begins with",
      `dns:\n  address: ${"x".repeat(5_000)}\n`,
      `config.yml:2:12: dns.address is "${"x".repeat(99)}..., allowed is an IP address such as "127.0.0.1"`,
    ],
    [
      "is a second document, in our words",
      "dns: {}\n---\ndns: {}\n",
      "config.yml:2:1: another document begins here, allowed is one",
    ],
  ];
  for (const [what, text, problem] of cases) {
    test(what, () => assert.deepEqual(problemsOf(text), [problem]));
  }
});

describe("the user's config.yml", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-settings-"));
  });
  after(() => rm(directory, { recursive: true }));

  test("is read where it is, and need not be there", async () => {
    const file = join(directory, "config.yml");
    await writeFile(file, "dns: { port: 1 }");

    assert.deepEqual(await readSettings(file, checks), { dns: { port: 1 }, network: {}, trash: {} });
    assert.deepEqual(await readSettings(join(directory, "none"), checks), { dns: {}, network: {}, trash: {} });
  });

  const others: [string, string, (file: string) => Promise<unknown>][] = [
    ["directory", "it is no file", (file) => mkdir(file)],
    ["pipe", "it is no file", (file) => exec("mkfifo", [file], { timeoutMs: 5_000 })],
    ["long", "it is longer than 1 MiB", (file) => writeFile(file, "#".repeat(1024 * 1024 + 1))],
    ["circle", "ELOOP: .*", (file) => symlink(file, file)],
  ];
  for (const [name, why, put] of others) {
    test(`that cannot be read is said to be so: ${name}`, async () => {
      const file = join(directory, name);
      await put(file);

      await assert.rejects(readSettings(file, checks), {
        code: "CILO_CONFIG_INVALID",
        message: new RegExp(`^cannot read .*${name}: ${why}$`),
        hint: /^run "ls -ld /,
      });
    });
  }
});
