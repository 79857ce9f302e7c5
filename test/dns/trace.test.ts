import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { createForwarder, type Forwarder } from "../../src/dns/forward.ts";
import { type Trace, traceQuery } from "../../src/dns/trace.ts";
import type { Upstream } from "../../src/dns/upstreams/upstream.ts";
import { noUpstreams, type UpstreamTable } from "../../src/dns/upstreams/upstream-table.ts";
import { toNameKey } from "../../src/dns/wire/name.ts";
import { exampleZone } from "./example-zone.ts";
import { record, replyTo, startFakeUpstream } from "./fake-upstream.ts";

const zone = exampleZone();

function forwarderOf(table: UpstreamTable): Forwarder {
  return createForwarder({ upstreams: () => table, log: silentLogger });
}

/** Traces with a forwarder of its own unless one is given. */
async function trace(
  question: string,
  options: { table?: UpstreamTable; forwarder?: Forwarder; transport?: "udp" | "tcp"; withheld?: string } = {},
): Promise<Trace> {
  const [name = "", type = "A"] = question.split(" ");
  const { table = noUpstreams, transport = "udp", withheld = "" } = options;
  const forwarder = options.forwarder ?? forwarderOf(table);
  try {
    return await traceQuery({
      name,
      type,
      transport,
      zone,
      forwarder,
      upstreams: table,
      isWithheld: (key) => withheld !== "" && key === toNameKey(withheld),
    });
  } finally {
    if (options.forwarder === undefined) await forwarder.close();
  }
}

function table(servers: Upstream[], routes: Record<string, Upstream[]> = {}): UpstreamTable {
  return { servers, routes: new Map(Object.entries(routes).map(([name, of]) => [toNameKey(name) ?? "", of])) };
}

const address = record(1, Buffer.from([192, 0, 2, 1]));

describe("a trace of a name of the zone", () => {
  const rows: [string, string, string, string, RegExp][] = [
    ["web.e1.test A", "exact", "zone", "NOERROR", /service "web" of shop\/e1/],
    ["WEB.e1.test AAAA", "exact", "zone", "NOERROR", /service "web" of shop\/e1/],
    ["x.shop.e1.test A", "wildcard", "zone", "NOERROR", /^wildcard \*\.shop\.e1\.test: /],
    ["nope.e1.test A", "below-nothing", "zone", "NXDOMAIN", /^no such name below e1\.test$|^no such name below test$/],
    ["onion A", "absent", "zone", "NXDOMAIN", /special use/],
    ["web.e1.test AXFR", "exact", "server", "REFUSED", /service "web"/],
  ];
  for (const [question, rule, source, rcode, text] of rows) {
    test(`${question} is decided by ${rule}`, async () => {
      const traced = await trace(question);

      assert.deepEqual([traced.explanation.rule, traced.source, traced.reply?.rcode], [rule, source, rcode]);
      assert.match(traced.explanation.text, text);
      assert.deepEqual([traced.serial, traced.asked, traced.server, traced.route], [7, [], null, null]);
    });
  }

  test("has the reply that a client gets by that transport", async () => {
    const [udp, tcp] = [await trace("crowd.e1.test"), await trace("crowd.e1.test", { transport: "tcp" })];

    assert.deepEqual([udp.reply?.truncated, udp.reply?.answers.length], [true, 0]);
    assert.deepEqual([tcp.reply?.truncated, tcp.reply?.answers.length], [false, 80]);
  });
});

describe("a trace of another name", () => {
  test("says whom it asked, what they said, and how long they took", async () => {
    await using silent = await startFakeUpstream(() => []);
    await using good = await startFakeUpstream(({ query }) => [
      replyTo(query, { counts: [1, 0, 0], records: [address] }),
    ]);

    const traced = await trace("example.org A", { table: table([silent.upstream, good.upstream]) });

    assert.equal(traced.explanation.rule, "foreign");
    assert.equal(traced.source, "upstream");
    assert.deepEqual(traced.server, good.upstream);
    assert.deepEqual(
      traced.reply?.answers.map(({ data }) => data),
      ["192.0.2.1"],
    );
    const toGood = traced.asked.find(({ server }) => server.port === good.upstream.port);
    assert.deepEqual([toGood?.transport, toGood?.outcome], ["udp", "answered"]);
    for (const { elapsedMs, outcome } of traced.asked) {
      assert.notEqual(outcome, "");
      assert.ok(elapsedMs > 0 && elapsedMs <= traced.elapsedMs + 1);
    }
  });

  test("says when it was the cache, and who had said it", async () => {
    await using good = await startFakeUpstream(({ query }) => [
      replyTo(query, { counts: [1, 0, 0], records: [address] }),
    ]);
    const servers = table([good.upstream]);
    const forwarder = forwarderOf(servers);

    await trace("example.org A", { table: servers, forwarder });
    const again = await trace("example.org A", { table: servers, forwarder });
    await forwarder.close();

    assert.deepEqual([again.source, again.server, again.asked], ["cache", good.upstream, []]);
    assert.equal(good.received.length, 1);
  });

  test("98: says which domain's servers it went to", async () => {
    await using corp = await startFakeUpstream(({ query }) => [
      replyTo(query, { counts: [1, 0, 0], records: [address] }),
    ]);
    const routes = { "corp.example": [{ address: "127.0.0.1", port: 9 }], "eng.corp.example": [corp.upstream] };

    const traced = await trace("db.Eng.corp.example A", { table: table([], routes) });

    assert.equal(traced.route, "eng.corp.example");
    assert.deepEqual(traced.server, corp.upstream);
  });

  test("95: says why there is no answer when no upstream is known", async () => {
    const traced = await trace("example.org A");

    assert.deepEqual([traced.source, traced.reply?.rcode, traced.asked], ["server", "SERVFAIL", []]);
    assert.equal(traced.reply?.extendedErrors.length, 1);
    assert.match(traced.reply?.extendedErrors[0] ?? "", /\(EDE 14\)$/);
  });

  test("of what is withheld asks nobody", async () => {
    await using good = await startFakeUpstream(({ query }) => [replyTo(query)]);

    const traced = await trace("use-application-dns.net A", {
      table: table([good.upstream]),
      withheld: "use-application-dns.net",
    });

    assert.deepEqual([traced.isWithheld, traced.source, traced.reply?.rcode], [true, "server", "NXDOMAIN"]);
    assert.deepEqual(good.received, []);
  });

  test("does not take a long reply apart, which could hold up others", async () => {
    const records = Array.from({ length: 300 }, () => address);
    await using fake = await startFakeUpstream(({ query }) => [replyTo(query, { counts: [300, 0, 0], records })]);

    const traced = await trace("big.example.com A", { table: table([fake.upstream]), transport: "tcp" });

    assert.deepEqual([traced.source, traced.reply], ["upstream", null]);
  });

  test("keeps going over a malformed reply", async () => {
    await using odd = await startFakeUpstream(({ query }) => [replyTo(query, { counts: [9, 0, 0] })]);

    const traced = await trace("example.org A", { table: table([odd.upstream]) });

    assert.ok(traced.asked.length > 0);
    assert.ok(traced.reply === null || traced.reply.rcode === "SERVFAIL");
  });
});

test("a name or type that is none is CILO_USAGE", async () => {
  for (const question of ["web.e1.test BOGUS", "a..b A", `${"a.".repeat(150)} A`]) {
    await assert.rejects(trace(question), { code: "CILO_USAGE" });
  }
});
