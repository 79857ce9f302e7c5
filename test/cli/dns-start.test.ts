import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CiloError } from "../../src/base/errors.ts";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { toArguments } from "../../src/cli/commands/dns-start.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { DaemonOptions } from "../../src/daemon/options.ts";
import { createHome, runCli, startDaemon } from "./in-process.ts";

/** What `cilo dns start` with these arguments would have the daemon do. */
async function optionsOf(args: readonly string[]): Promise<DaemonOptions> {
  let seen: DaemonOptions | null = null;
  const stream = new PassThrough();
  const cli = {
    terminal: { stdin: stream, stdout: stream, stderr: stream },
    version: "1.2.3",
    reportErrorsAsJson() {},
    runDaemon: async (options: DaemonOptions) => {
      seen = options;
    },
  } as unknown as CliContext;
  await runProgram(cli, ["dns", "start", ...args]);
  assert.ok(seen);
  return seen;
}

describe("cilo dns start", () => {
  test("says nothing of what is not given, so that config.yml decides", async () => {
    assert.deepEqual(await optionsOf([]), {});
  });

  test("takes options that repeat, and those that take config.yml back", async () => {
    const options = await optionsOf([
      ...["--upstream", "9.9.9.9", "--upstream", "corp.example=[fd00::1]:53"],
      ...["--allow", "10.0.0.0/8", "--allow", "fd00::/8", "--log-queries", "--no-block-rebinding", "--firefox-canary"],
    ]);

    assert.deepEqual(options, {
      upstreams: ["9.9.9.9", "corp.example=[fd00::1]:53"],
      allow: ["10.0.0.0/8", "fd00::/8"],
      logQueries: true,
      blockRebinding: false,
      firefoxCanary: true,
    });
  });

  const wrong: [string[], RegExp][] = [
    [["--upstream", "dns.google"], /"dns\.google" is not the address of a DNS server/],
    [["--upstream", "1.1.1.1:0"], /is not the address of a DNS server/],
    [["--upstream", "=1.1.1.1"], /does not begin with a domain/],
    [["--allow", "10.0.0.0/33"], /cannot allow clients of "10\.0\.0\.0\/33"/],
    [["--allow", "home"], /cannot allow clients of "home"/],
    [["--address", "localhost"], /--address is an IP address/],
    [["--port", "65536"], /--port is a whole number from 0 to 65535/],
  ];
  for (const [args, message] of wrong) {
    test(`refuses ${args.join(" ")}`, async () => {
      await assert.rejects(optionsOf(args), (error) => {
        assert.ok(error instanceof CiloError);
        assert.equal(error.code, "CILO_USAGE");
        assert.match(error.message, message);
        return true;
      });
    });
  }

  test("--detach hands all options on as they were given", async () => {
    const flag = fc.option(fc.boolean(), { nil: undefined });
    const some = (values: string[]) =>
      fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 }), { nil: undefined });
    const options = fc.record({
      port: fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined }),
      address: fc.option(fc.constantFrom("127.0.0.1", "0.0.0.0", "::1"), { nil: undefined }),
      upstreams: some(["9.9.9.9", "[fd00::1]:53", "corp.example=10.8.0.1:5353"]),
      allow: some(["10.0.0.0/8", "fd00::/8", "192.168.1.7"]),
      logQueries: flag,
      blockRebinding: flag,
      firefoxCanary: flag,
    });
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

        assert.deepEqual(await optionsOf(toArguments(chosen)), chosen);
      }),
    );
  });
});

test("a port that is taken at the end of their range is not told to be raised", async () => {
  await using home = await createHome();
  await using taken = await listenFrom(65_500);

  await assert.rejects(startDaemon(home, { port: taken.port }), {
    code: "CILO_PORT_IN_USE",
    hint: 'end it, or choose another port: "cilo dns start --port 5354"',
  });
});

test("a port that is taken on an IPv6 address is told from the address", async () => {
  await using home = await createHome();
  await using first = await startDaemon(home, { address: "::1" });
  await using other = await createHome();

  await assert.rejects(startDaemon(other, { address: "::1", port: first.port }), {
    code: "CILO_PORT_IN_USE",
    message: new RegExp(`^cannot listen on \\[::1\\]:${first.port}: address in use by `),
  });
});

/** Listens on the first free TCP port from this one on. */
async function listenFrom(first: number): Promise<AsyncDisposable & { port: number }> {
  for (let port = first; port <= 65_535; port += 1) {
    const server = createServer().listen(port, "127.0.0.1");
    const isListening = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (isListening) return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }
  return assert.fail("no port is free");
}

describe("config.yml in CILO_HOME", () => {
  test("says how the daemon runs, where the command line does not", async () => {
    await using home = await createHome();
    const text = "dns:\n  allow: [192.168.1.0/24]\n  upstreams: [127.0.0.2]\n  logQueries: true\n";
    await writeFile(home.paths.configFile, text);
    await using _ = await startDaemon(home, { upstreams: ["127.0.0.1:9"] });

    const { stdout } = await runCli(["dns", "status", "--json"], home);

    const { daemon } = JSON.parse(stdout);
    assert.deepEqual([daemon.allow, daemon.logQueries], [["192.168.1.0/24"], true]);
    assert.deepEqual(daemon.upstreams.servers, ["127.0.0.1:9"]);
  });

  test("says where programs will find the names, also before the daemon runs", async () => {
    await using home = await createHome();
    await writeFile(home.paths.configFile, "dns: { port: 5999, address: 0.0.0.0 }");

    const { stdout, exitCode } = await runCli(["dns", "setup"], home);

    assert.equal(exitCode, 0);
    assert.match(stdout, /5999/);
    assert.doesNotMatch(stdout, /0\.0\.0\.0|5354/);
  });

  test("gives way to CILO_DNS_PORT, also where programs are told to look", async () => {
    await using home = await createHome();
    await writeFile(home.paths.configFile, "dns: { port: 5999 }");
    process.env.CILO_DNS_PORT = "5888";
    try {
      const { stdout } = await runCli(["dns", "setup"], home);

      assert.match(stdout, /5888/);
      assert.doesNotMatch(stdout, /5999|5354/);
    } finally {
      delete process.env.CILO_DNS_PORT;
    }
  });

  test("with a port that is another every time has nothing to point at, until the server runs", async () => {
    await using home = await createHome();
    await writeFile(home.paths.configFile, "dns: { port: 0 }");

    const before = await runCli(["dns", "setup"], home);
    await using daemon = await startDaemon(home);
    const after = await runCli(["dns", "setup"], home);

    assert.deepEqual([before.exitCode, before.stdout], [2, ""]);
    assert.match(before.stderr, /^cilo: nothing can be pointed at port 0: .*\[CILO_USAGE\]\nhint: give it a port: /);
    assert.equal(after.exitCode, 0);
    assert.match(after.stdout, new RegExp(`${daemon.port}`));
    assert.match(after.stderr, /a DNS server runs already \(pid \d+\): .*run "cilo dns stop" before that/);
  });

  test("with problems keeps the daemon from starting, and tells all of them; --detach tells them itself", async () => {
    await using home = await createHome();
    await writeFile(home.paths.configFile, "dns:\n  port: dns\n  alow: []\n");
    const message = new RegExp(
      [
        `${home.paths.configFile}:2:9: dns\\.port is "dns", allowed is a whole number from 0 to 65535`,
        `${home.paths.configFile}:3:3: unknown key "alow", allowed are port, `,
      ].join("\n"),
    );

    await assert.rejects(startDaemon(home), { code: "CILO_CONFIG_INVALID", message });
    const { exitCode, stderr } = await runCli(["dns", "start", "--detach"], home);

    assert.equal(exitCode, 2);
    assert.match(stderr, message);
  });
});

test("50: --firefox-canary answers NXDOMAIN for Firefox's canary name, and nobody is asked", async () => {
  await using home = await createHome();
  await using _ = await startDaemon(home, { firefoxCanary: true });

  const { stderr } = await runCli(["dns", "query", "use-application-dns.net"], home);
  const { stdout } = await runCli(["dns", "query", "use-application-dns.net", "--trace"], home);

  assert.match(stderr, /^use-application-dns\.net does not exist \(NXDOMAIN\)/);
  assert.match(stdout, /^rule {9}withheld: /m);
  assert.match(stdout, /^answered by {2}cilo itself in /m);
});

test("50: without it the canary name is forwarded as any other", async () => {
  await using home = await createHome();
  await using _ = await startDaemon(home);

  const { stdout } = await runCli(["dns", "query", "use-application-dns.net", "--trace"], home);

  assert.match(stdout, /^rule {9}foreign: /m);
});
