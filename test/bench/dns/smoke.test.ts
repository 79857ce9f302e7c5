import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { distributionOf, median } from "../statistics.ts";
import { createChangeLedger } from "./change-ledger.ts";
import { addressesAt, changeAt } from "./change-plan.ts";
import { addressExpectations, checkAnswers, type Expectation, localExpectations } from "./check-answers.ts";
import { groupOf, selfTimes } from "./cpu-profile.ts";
import { type Reply, rcodes } from "./dns-message.ts";
import { parseDnsperf } from "./dnsperf.ts";
import { parseOptions, sectionNames } from "./options.ts";
import { findInstalled, type Installed } from "./packages.ts";
import { localQueries } from "./query-mix.ts";
import { foreignAddresses, startCachingServers } from "./sections/cached.ts";
import { answersNoData, startLocalServers } from "./sections/local.ts";
import { addressesByName, makeEnvironments } from "./served-names.ts";
import type { BenchedServer } from "./servers/benched-server.ts";
import { startUpstream } from "./servers/node-servers.ts";
import { createWorkbench, type Workbench } from "./workbench.ts";

describe("the servers of the bench", () => {
  let bench: Workbench;
  let installed: Installed;
  before(async () => {
    bench = await createWorkbench();
    installed = await findInstalled();
  });
  after(() => bench[Symbol.asyncDispose]());

  async function findProblems(
    servers: readonly BenchedServer[],
    expectationsFor: (server: BenchedServer) => Expectation[],
  ): Promise<string[]> {
    const checked = await Promise.all(servers.map((server) => checkAnswers(server, expectationsFor(server))));
    return checked.flatMap(({ problems }) => problems);
  }

  test("all give the same answers to local names", async () => {
    const expectations = localExpectations(addressesByName(makeEnvironments(200)));
    const servers = await startLocalServers({ bench, installed });

    const problems = await findProblems(servers, (server) =>
      expectations.filter(({ what }) => what !== "NODATA" || answersNoData(server)),
    );

    assert.ok(servers.length >= 3);
    assert.deepEqual(problems, []);
  });

  test("all give the upstream's answers to names of others", async () => {
    const addresses = foreignAddresses(20);
    const upstream = await startUpstream(bench, "any");
    const servers = await startCachingServers({ bench, installed }, { addresses, upstreamPort: upstream.port });

    const problems = await findProblems([...servers, upstream], () => addressExpectations(addresses));

    assert.deepEqual(problems, []);
  });
});

test("a wrong answer is found out", () => {
  const ledger = createChangeLedger(2);
  const asked = { index: 1, service: "web" } as const;
  const replyAt = (version: number): Reply => ({
    id: 0,
    rcode: rcodes.NOERROR,
    authoritative: true,
    question: Buffer.alloc(0),
    addresses: addressesAt(1, version, "web"),
    ttlSeconds: 1,
    hasSoa: false,
    hasOpt: true,
  });
  const beforeChange = ledger.acknowledgedCount(1);

  const early = ledger.isRight(replyAt(7), asked, beforeChange);
  ledger.issue(1, 7);
  const during = [0, 7].map((version) => ledger.isRight(replyAt(version), asked, beforeChange));
  ledger.acknowledge(1);
  const afterwards = [0, 7].map((version) => ledger.isRight(replyAt(version), asked, ledger.acknowledgedCount(1)));
  const late = ledger.isRight(replyAt(0), asked, beforeChange);

  assert.equal(early, false);
  assert.deepEqual(during, [true, true]);
  assert.deepEqual(afterwards, [false, true]);
  assert.equal(late, true);
});

test("every change is of something that can change", () => {
  const present = new Set(Array.from({ length: 250 }, (_, index) => index));

  for (let number = 1; number <= 1_000; number += 1) {
    const { index, environment } = changeAt(number, 250);

    assert.equal(present.has(index), number % 10 !== 0, `${number}`);
    if (environment === null) present.delete(index);
    else present.add(index);
  }
});

test("of ten local queries one has no such name, one no such type, and one mixed case", () => {
  const names = [...addressesByName(makeEnvironments(200)).keys()];

  const lines = localQueries(names);

  assert.equal(lines.filter((line) => line.startsWith("missing-")).length, lines.length / 10);
  assert.equal(lines.filter((line) => line.endsWith(" AAAA")).length, lines.length / 10);
  assert.equal(lines.filter((line) => /[A-Z].* /.test(line)).length, lines.length / 10);
});

test("dnsperf's statistics are read", () => {
  const run = parseDnsperf(`Statistics:

  Queries sent:         1000
  Queries completed:    998 (99.80%)
  Queries lost:         2 (0.20%)

  Response codes:       NOERROR 898 (89.98%), NXDOMAIN 100 (10.02%)
  Average packet size:  request 45, response 70
  Run time (s):         0.010000
  Queries per second:   99800.000000

  Average Latency (s):  0.000844 (min 0.000034, max 0.003251)
  Latency StdDev (s):   0.000112
`);

  assert.deepEqual(run, {
    queriesPerSecond: 99_800,
    completed: 998,
    lost: 2,
    averageLatencyMs: 0.844,
    rcodes: { NOERROR: 898, NXDOMAIN: 100 },
  });
});

test("quantiles lie between the values next to them", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.deepEqual(distributionOf([10, 20]), { count: 2, p50: 15, p99: 19.9, max: 20 });
});

test("a profile's samples count for their functions within the window", () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 0 });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("doSend", "node:dgram") },
      { id: 2, callFrame: frame("find", "file:///x/src/dns/zone/name-table.ts") },
    ],
    startTime: 1_000,
    samples: [1, 2, 1, 1],
    timeDeltas: [10, 10, 10, 10],
  };

  const times = selfTimes(profile, { from: 1_015, to: 1_035 });

  assert.deepEqual(times, [
    { functionName: "find", place: "zone/name-table.ts:1", group: "look-up", microseconds: 10 },
    { functionName: "doSend", place: "node:dgram:1", group: "send", microseconds: 10 },
  ]);
  assert.equal(groupOf(frame("(garbage collector)", "")), "GC");
});

test("sections are chosen by name, and a name that is none is refused", () => {
  assert.deepEqual(parseOptions([]).sections, sectionNames);
  assert.deepEqual(parseOptions(["--only", "idle,local"]).sections, ["local", "idle"]);
  assert.throws(() => parseOptions(["--only", "speed"]), { code: "CILO_USAGE" });
  assert.throws(() => parseOptions(["--fast"]), { code: "CILO_USAGE" });
});
