import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createControlClient } from "../../src/control/client.ts";
import type { QueryTrace } from "../../src/control/trace.ts";
import { type FakeUpstream, record, replyTo, startFakeUpstream } from "../dns/fake-upstream.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { createHome, type Home, type RunningDaemon, runCli, startDaemon } from "./in-process.ts";

const login = makeEnvironment({
  name: "login",
  services: { web: makeService({ addresses: ["10.224.0.10"], hostnames: ["bücher.example"] }) },
});

let home: Home;
let upstream: FakeUpstream;
let daemon: RunningDaemon;
before(async () => {
  home = await createHome(makeState([login], { revision: 5 }));
  const answers = [record(1, Buffer.from([192, 0, 2, 1]))];
  upstream = await startFakeUpstream(({ query }) =>
    query.includes("missing")
      ? [replyTo(query, { flags: 0x8183 })]
      : [replyTo(query, { counts: [1, 0, 0], records: answers })],
  );
  const { address, port } = upstream.upstream;
  daemon = await startDaemon(home, { upstreams: [`${address}:${port}`, `corp.example=${address}:9`] });
});
after(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

function query(...args: string[]) {
  return runCli(["dns", "query", ...args], home);
}

describe("cilo dns query", () => {
  const rows: [string[], number, RegExp, RegExp][] = [
    [["web.login.test"], 0, /^web\.login\.test {2}1 {2}A {2}10\.224\.0\.10\n$/, /^$/],
    [["WEB.login.test.", "a"], 0, /^WEB\.login\.test {2}1 {2}A {2}10\.224\.0\.10\n$/, /^$/],
    [["web.login.test", "--tcp"], 0, /10\.224\.0\.10/, /^$/],
    [["bücher.example"], 0, /^xn--bcher-kva\.example {2}1 {2}A {2}10\.224\.0\.10\n$/, /^$/],
    [["-x", "10.224.0.10"], 0, /^10\.0\.224\.10\.in-addr\.arpa {2}1 {2}PTR {2}web\.login\.test\n$/, /^$/],
    [["--reverse", "::1"], 0, /PTR {2}localhost\n$/, /^$/],
    [["test", "SOA"], 0, /^test {2}1 {2}SOA {2}ns\.test /, /^$/],
    [["web.login.test", "AAAA"], 1, /^$/, /^web\.login\.test has no AAAA record\n$/],
    [["nope.login.test"], 1, /^$/, /^nope\.login\.test does not exist \(NXDOMAIN\)\n$/],
    [["db.corp.example"], 1, /^$/, /^no answer for db\.corp\.example \(SERVFAIL\): .+ \(EDE \d+\)\n$/],
    [["web.login.test", "AXFR"], 1, /^$/, /^no answer for web\.login\.test \(REFUSED\)\n$/],
    [[], 2, /^$/, /^cilo: missing required argument 'name' \[CILO_USAGE\]\nhint: run "cilo dns query --help"\n$/],
    [[""], 2, /^$/, /"" is empty \[CILO_USAGE\]/],
    [[`${"a.".repeat(150)}`], 2, /^$/, /takes 301 octets, the limit is 255 \[CILO_USAGE\]/],
    [["web.login.test", "BOGUS"], 2, /^$/, /"BOGUS" is not a record type \[CILO_USAGE\]/],
    [["10.224.0.10"], 2, /^$/, /hint: give the name alone: "cilo dns query --reverse 10\.224\.0\.10"/],
    [["-x", "web"], 2, /^$/, /"web" is not an IP address/],
    [["web.login.test", "-x", "10.224.0.10"], 2, /^$/, /--reverse takes the place of name and type/],
  ];
  for (const [args, exitCode, stdout, stderr] of rows) {
    test(`${args.join(" ").slice(0, 40)} ends with ${exitCode}`, async () => {
      const result = await query(...args);

      assert.equal(result.exitCode, exitCode, result.stderr);
      assert.match(result.stdout, stdout);
      assert.match(result.stderr, stderr);
    });
  }

  test("--json has the reply", async () => {
    const { stdout } = await query("nope.login.test", "--json");

    const { schema, reply } = JSON.parse(stdout);
    assert.deepEqual([schema, reply.rcode, reply.answers, reply.authority.length], [1, "NXDOMAIN", [], 1]);
  });
});

describe("cilo dns query --trace", () => {
  async function traceOf(...args: string[]): Promise<QueryTrace> {
    const { stdout, stderr } = await query(...args, "--trace", "--json");
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout).trace;
  }

  test("says of a name of ours which rule answers, what put it there, and from which revision", async () => {
    const { stdout, exitCode } = await query("web.login.test", "--trace");
    const { elapsedMs, serial, ...trace } = await traceOf("web.login.test");

    assert.equal(exitCode, 0);
    assert.match(stdout, /^query {8}web\.login\.test A by UDP\nrule {9}exact: service "web" of shop\/login\n/);
    assert.match(stdout, /^zone {9}revision 5, serial \d+$/m);
    assert.match(stdout, /^answered by {2}the zone in \d+\.\d\d ms$/m);
    assert.match(stdout, /\n\nweb\.login\.test {2}1 {2}A {2}10\.224\.0\.10\n$/);
    assert.ok(elapsedMs > 0 && serial > 0);
    assert.deepEqual(trace, {
      name: "web.login.test",
      type: "A",
      transport: "udp",
      rule: "exact",
      explanation: 'service "web" of shop/login',
      encloser: "web.login.test",
      origins: ['service "web" of shop/login'],
      revision: 5,
      source: "zone",
      route: null,
      upstream: null,
      asked: [],
      reply: {
        rcode: "NOERROR",
        authoritative: true,
        truncated: false,
        answers: [{ name: "web.login.test", type: "A", ttlSeconds: 1, data: "10.224.0.10" }],
        authority: [],
        extendedErrors: [],
      },
    });
  });

  test("says of another name who was asked, and then that it was the cache", async () => {
    const { address, port } = upstream.upstream;
    const server = `${address}:${port}`;

    const { stdout } = await query("example.org", "--trace");
    const again = await traceOf("example.org");

    assert.match(stdout, /^rule {9}foreign: /m);
    assert.match(stdout, new RegExp(`^answered by {2}${server} in `, "m"));
    assert.match(stdout, new RegExp(`\\nASKED +BY +TOOK +OUTCOME\\n${server} +UDP +\\d+(\\.\\d\\d)? ms +answered\\n`));
    assert.deepEqual([again.source, again.upstream, again.asked], ["cache", server, []]);
  });

  test("98: says which domain's servers were asked, and ends with 1 when they do not answer", async () => {
    const { stdout, exitCode, stderr } = await query("db.corp.example", "--trace");

    assert.deepEqual([exitCode, stderr], [1, ""]);
    assert.match(stdout, /^route {8}servers of corp\.example$/m);
    assert.match(stdout, /^reply {8}no answer for db\.corp\.example \(SERVFAIL\): /m);
  });

  test("ends with 1 for a name that does not exist, ours or not", async () => {
    for (const name of ["nope.login.test", "missing.example"]) {
      const { exitCode, stdout } = await query(name, "--trace");

      assert.equal(exitCode, 1);
      assert.match(stdout, /does not exist \(NXDOMAIN\)/);
    }
  });

  test("a name or type that is none is not sent to the daemon", async () => {
    const { exitCode, stderr } = await query("a..b", "--trace");

    assert.equal(exitCode, 2);
    assert.match(stderr, /has an empty label/);
  });
});

test("a trace that no command asks for is refused in the same words, and goes on working", async () => {
  const control = createControlClient(home.paths);
  const ask = (name: string, recordType = "A") => control.send({ type: "trace", name, recordType, transport: "udp" });

  for (const [name, type] of [
    ["", "A"],
    ["a..b", "A"],
    ["a".repeat(300), "A"],
    ["web.login.test", "BOGUS"],
  ]) {
    await assert.rejects(ask(name ?? "", type), { code: "CILO_USAGE", hint: /cilo dns query/ });
  }
  await assert.rejects(ask("a.".repeat(100_000)), { code: "CILO_DAEMON_PROTOCOL" });

  assert.equal((await ask("web.login.test"))?.rule, "exact");
});

test("without a daemon there is nobody to ask, traced or not", async () => {
  await using elsewhere = await createHome();

  for (const flags of [[], ["--trace"]]) {
    const { exitCode, stderr } = await runCli(["dns", "query", "web.login.test", ...flags], elsewhere);

    assert.equal(exitCode, 3);
    assert.match(stderr, /no DNS server runs \[CILO_DAEMON_NOT_RUNNING\]/);
  }
});
