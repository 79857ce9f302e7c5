import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonStatus } from "../../src/control/daemon-status.ts";
import { record, replyTo, startFakeUpstream } from "../dns/fake-upstream.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { createHome, type Home, runCli, startDaemon } from "./in-process.ts";

const login = makeEnvironment({ name: "login", services: { web: makeService({ addresses: ["10.224.0.10"] }) } });

async function ask(home: Home, ...questions: string[]): Promise<void> {
  for (const question of questions) await runCli(["dns", "query", ...question.split(" ")], home);
}

async function statusOf(home: Home): Promise<DaemonStatus> {
  const { stdout, stderr } = await runCli(["dns", "status", "--json"], home);
  assert.notEqual(stdout, "", stderr);
  const { schema, daemon } = JSON.parse(stdout);
  assert.equal(schema, 1);
  return daemon;
}

test("cilo dns status counts queries by result, cache hits, and how each upstream does", async () => {
  await using home = await createHome(makeState([login], { revision: 5 }));
  const answers = [record(1, Buffer.from([192, 0, 2, 1]))];
  await using good = await startFakeUpstream(({ query }) => [replyTo(query, { counts: [1, 0, 0], records: answers })]);
  const upstream = `127.0.0.1:${good.upstream.port}`;
  await using _ = await startDaemon(home, { upstreams: [upstream, "corp.example=127.0.0.1:9"] });

  await ask(home, "web.login.test", "web.login.test AAAA", "nope.login.test", "example.org", "example.org --tcp");
  await ask(home, "a.corp.example");
  const { counters, forwarding, upstreams, revision } = await statusOf(home);
  const { stdout } = await runCli(["dns", "status"], home);

  assert.deepEqual(counters.received, { udp: 5, tcp: 1 });
  assert.deepEqual(counters.results, { noerror: 3, nodata: 1, nxdomain: 1, servfail: 1 });
  assert.deepEqual([counters.local, counters.cacheHits, counters.forwarded, counters.faults], [3, 1, 1, 0]);
  assert.deepEqual([forwarding.cache.hits, forwarding.cache.misses], [1, 2]);
  assert.equal(revision, 5);
  assert.deepEqual(upstreams.routes, [{ domain: "corp.example", servers: ["127.0.0.1:9"] }]);
  const [health, dead] = [upstream, "127.0.0.1:9"].map((server) =>
    forwarding.upstreams.find((candidate) => candidate.server === server),
  );
  assert.deepEqual([health?.queries, health?.failures, health?.state], [1, 0, "good"]);
  assert.ok((health?.rttMs ?? 0) > 0);
  assert.deepEqual([dead?.queries, dead?.failures, dead?.lastFailure], [1, 1, "connection refused"]);
  assert.match(stdout, /^clients {4}this machine$/m);
  assert.match(stdout, /^queries {4}6 \(5 by UDP, 1 by TCP\): 3 noerror, 1 nodata, 1 nxdomain, 1 servfail$/m);
  assert.match(stdout, /^answered {3}3 from the zone, 1 from the cache, 1 by upstreams$/m);
  assert.match(stdout, /^cache {6}33 % of 3 hit, \d+ entries, \d+ KiB$/m);
  assert.match(stdout, /^route {6}corp\.example to 127\.0\.0\.1:9$/m);
  assert.match(stdout, /\n\nUPSTREAM +STATE +RTT +QUERIES +FAILURES +LAST FAILURE\n/);
  assert.match(stdout, new RegExp(`^${upstream} +good +\\d+\\.\\d ms +1 +0 +-$`, "m"));
});

test("cilo dns status says which clients are answered, and who named the upstreams", async () => {
  await using home = await createHome();
  await using _ = await startDaemon(home, { address: "0.0.0.0", allow: ["192.168.1.0/24", "10.1.2.3"] });

  const { stdout } = await runCli(["dns", "status"], home);
  const { allow, upstreams } = await statusOf(home);

  assert.match(stdout, /^listening {2}0\.0\.0\.0:\d+ /m);
  assert.match(stdout, /^clients {4}this machine, 192\.168\.1\.0\/24, 10\.1\.2\.3$/m);
  assert.deepEqual(allow, ["192.168.1.0/24", "10.1.2.3"]);
  assert.equal(upstreams.source, "--upstream");
});

test("a server that listens on every address is asked all the same", async () => {
  await using home = await createHome(makeState([login]));
  await using _ = await startDaemon(home, { address: "0.0.0.0" });

  const { exitCode } = await runCli(["dns", "query", "web.login.test"], home);

  assert.equal(exitCode, 0);
});

test("cilo dns status without a daemon ends with 3", async () => {
  await using home = await createHome();

  const { exitCode, stdout, stderr } = await runCli(["dns", "status"], home);

  assert.deepEqual([exitCode, stdout], [3, ""]);
  assert.match(stderr, /hint: start it with "cilo dns start --detach"/);
});
