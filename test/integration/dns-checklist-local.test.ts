import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { after, before, describe, test } from "node:test";
import { toWireName } from "../../src/dns/wire/name.ts";
import { buildZone, type Zone } from "../../src/dns/zone.ts";
import { type DigRow, describeDigRows } from "../dns/dig-rows.ts";
import { askByDnspython, dnspythonIsMissing } from "../dns/dnspython.ts";
import { crowdAddresses, environment, exampleEnvironments, exampleZone, service } from "../dns/example-zone.ts";
import { replyTo, startFakeUpstream } from "../dns/fake-upstream.ts";
import { message } from "../dns/messages.ts";
import { type RunningServer, startServer } from "../dns/running-server.ts";

const soa = (apex: string) => `${apex} 1 IN SOA ns.test. hostmaster.test. 7 3600 600 86400 1`;
const a = (name: string, address: string) => [`${name}. 1 IN A ${address}`];

/** Types of which an ordinary name has no record. */
const otherTypes = ["TXT", "MX", "SRV", "NS", "CAA", "DS", "DNSKEY", "NAPTR", "SOA", "CNAME", "PTR", "TYPE65280"];

const rows: DigRow[] = [
  { item: "1", question: "web.e1.test A", answer: a("web.e1.test", "10.224.1.10") },
  { item: "1", question: "web.e1.test A +norecurse", flags: "qr aa ra", answer: a("web.e1.test", "10.224.1.10") },
  { item: "1", question: "web.shop.e1.test A", answer: a("web.shop.e1.test", "10.224.1.10") },
  { item: "1", question: "web.blog.e1.test A", answer: a("web.blog.e1.test", "10.224.2.10") },
  { item: "1", question: "admin.e1.test A", answer: a("admin.e1.test", "10.224.1.10") },
  { item: "1", question: "sidecar.e1.test A", answer: a("sidecar.e1.test", "10.224.1.10") },
  { item: "1", question: "my_db.e1.test A", answer: a("my_db.e1.test", "10.224.1.14") },
  { item: "1", question: "my-db.e1.test A", answer: a("my-db.e1.test", "10.224.1.14") },
  { item: "26", question: "web.e1.test AAAA", authority: [soa("test.")] },
  { item: "27", question: "web.e1.test HTTPS", authority: [soa("test.")] },
  { item: "27", question: "web.e1.test SVCB", authority: [soa("test.")] },
  ...otherTypes.flatMap((type) => [
    { item: "28", question: `web.e1.test ${type}`, authority: [soa("test.")] },
    { item: "29", question: `nope.e1.test ${type}`, status: "NXDOMAIN", authority: [soa("test.")] },
  ]),
  { item: "30", question: "web.e1.test ANY", answer: a("web.e1.test", "10.224.1.10") },
  { item: "30", question: "x.shop.e1.test ANY", answer: a("x.shop.e1.test", "10.224.1.10") },
  { item: "30", question: "nope.e1.test ANY", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "31", question: "nope.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "31", question: "nope.e1.test AAAA", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "31", question: "web.gone.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "31", question: "stopped.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "32", question: "e1.test A", authority: [soa("test.")] },
  { item: "32", question: "e1.test AAAA", authority: [soa("test.")] },
  { item: "32", question: "test A", authority: [soa("test.")] },
  { item: "32", question: "test AAAA", authority: [soa("test.")] },
  { item: "32", question: "y.blog.e1.test A", authority: [soa("test.")] },
  { item: "33", question: "test SOA", answer: [soa("test.")] },
  { item: "33", question: "test NS", answer: ["test. 1 IN NS ns.test."] },
  { item: "33", question: "ns.test A", answer: a("ns.test", "127.0.0.1") },
  { item: "33", question: "ns.test AAAA", authority: [soa("test.")] },
  { item: "35", question: "deep.nope.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "35", question: "a.b.c.d.nope.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "36", question: "x.shop.e1.test A", answer: a("x.shop.e1.test", "10.224.1.10") },
  { item: "36", question: "a.b.shop.e1.test A", answer: a("a.b.shop.e1.test", "10.224.1.10") },
  { item: "36", question: "x.shop.e1.test AAAA", authority: [soa("test.")] },
  { item: "36", question: "x.shop.e1.test TXT", authority: [soa("test.")] },
  { item: "36", question: "*.shop.e1.test A", answer: a("*.shop.e1.test", "10.224.1.10") },
  { item: "36", question: "x.*.shop.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "36", question: "x.blog.e1.test A", answer: a("x.blog.e1.test", "10.224.2.10") },
  { item: "36", question: "x.wild.example.dev A", answer: a("x.wild.example.dev", "10.224.2.10") },
  { item: "36", question: "x.wild.example.dev AAAA", authority: [soa("wild.example.dev.")] },
  { item: "37", question: "crowd.shop.e1.test AAAA", authority: [soa("test.")] },
  { item: "37", question: "api.shop.e1.test AAAA", authority: [soa("test.")] },
  { item: "37", question: "x.api.shop.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "37", question: "stopped.shop.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "37", question: "x.web.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "38", question: "shop.e1.test A", answer: a("shop.e1.test", "10.224.1.10") },
  { item: "38", question: "shop.e1.test AAAA", authority: [soa("test.")] },
  { item: "39", question: "shop.example.dev A", answer: a("shop.example.dev", "10.224.1.10") },
  ...["AAAA", "HTTPS", "TXT", "MX", "NS"].map((type) => ({
    item: "39",
    question: `shop.example.dev ${type}`,
    authority: [soa("shop.example.dev.")],
  })),
];

describeDigRows("local names as dig sees them", rows);

describe("local names as c-ares sees them", { concurrency: 4 }, () => {
  let running: RunningServer;
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  before(async () => {
    running = await startServer();
    resolver.setServers([`127.0.0.1:${running.port}`]);
  });
  after(() => running[Symbol.asyncDispose]());

  test("1, 40: a service has its address with TTL 1", async () => {
    const records = await resolver.resolve4("web.e1.test", { ttl: true });

    assert.deepEqual(records, [{ address: "10.224.1.10", ttl: 1 }]);
  });

  test("25: replicas are distinct addresses, each first now and then", async () => {
    const replies = await Promise.all(Array.from({ length: 64 }, () => resolver.resolve4("api.e1.test")));

    const expected = ["10.224.1.11", "10.224.1.12", "10.224.1.13"];
    assert.ok(replies.every((reply) => reply.toSorted().join() === expected.join()));
    assert.deepEqual([...new Set(replies.map((reply) => reply[0]))].sort(), expected);
  });

  for (const { item, name, type, code } of [
    { item: "26", name: "web.e1.test", type: "AAAA", code: "ENODATA" },
    { item: "28", name: "web.e1.test", type: "TXT", code: "ENODATA" },
    { item: "29", name: "nope.e1.test", type: "MX", code: "ENOTFOUND" },
    { item: "31", name: "nope.e1.test", type: "A", code: "ENOTFOUND" },
    { item: "32", name: "e1.test", type: "A", code: "ENODATA" },
    { item: "37", name: "x.web.e1.test", type: "A", code: "ENOTFOUND" },
  ]) {
    test(`${item}: ${name} ${type} is ${code}`, async () => {
      await assert.rejects(resolver.resolve(name, type), { code });
    });
  }

  test("40: what is not there is not there for one second", async () => {
    const { minttl } = await resolver.resolveSoa("test");

    assert.equal(minttl, 1);
  });

  test("66: a truncated reply is fetched by TCP", async () => {
    const addresses = await resolver.resolve4("crowd.e1.test");

    assert.deepEqual(addresses.toSorted(), crowdAddresses.toSorted());
  });
});

for (const transport of ["udp", "tcp"] as const) {
  const by = transport.toUpperCase();
  test(`25: three replicas are three records of equal TTL, each first now and then, by ${by}`, {
    skip: dnspythonIsMissing,
  }, async () => {
    await using running = await startServer();
    const queries = Array.from({ length: 60 }, (_, id) => ({ packet: message("api.e1.test", { id }), transport }));

    const replies = await askByDnspython(running.port, queries);

    const expected = ["10.224.1.11", "10.224.1.12", "10.224.1.13"].flatMap((address) => a("api.e1.test", address));
    for (const reply of replies) assert.deepEqual(reply?.answer.toSorted(), expected);
    assert.deepEqual([...new Set(replies.map((reply) => reply?.answer[0]))].sort(), expected);
  });
}

test("35: a name below a missing one makes that one an empty name, no more", async () => {
  const without = environment("shop/e1", { web: service(["10.224.1.10"]) });
  const withName = environment("shop/e1", { web: service(["10.224.1.10"], { hostnames: ["a.b.e1.test"] }) });
  let zone = zoneOf([without]);
  await using running = await startServer({ zone: () => zone });
  const codes = () => Promise.all(["b.e1.test", "a.b.e1.test", "c.b.e1.test"].map((name) => outcome(running, name)));

  const before = await codes();
  zone = zoneOf([withName]);
  const after = await codes();

  assert.deepEqual(before, ["ENOTFOUND", "ENOTFOUND", "ENOTFOUND"]);
  assert.deepEqual(after, ["ENODATA", "10.224.1.10", "ENOTFOUND"]);
});

test("39: siblings of a custom hostname, and what it lies in, are an upstream's", async () => {
  await using upstream = await startFakeUpstream(({ query }) => [replyTo(query)]);
  await using running = await startServer({ upstreams: [upstream.upstream] });
  const names = ["www.example.dev", "example.dev", "x.shop.example.dev", "wild.example.dev"];

  const codes = await Promise.all(names.map((name) => outcome(running, name)));

  assert.deepEqual(
    codes,
    names.map(() => "ENODATA"),
  );
  assert.equal(upstream.received.length, names.length);
});

test("41: every record of every name has TTL 1", { skip: dnspythonIsMissing }, async () => {
  await using running = await startServer();
  const names = [...exampleZone().names.entries()].map(([key]) => toWireName(key));
  const types = ["A", "AAAA", "NS", "SOA", "PTR", "TXT", "SRV", "ANY"];
  const queries = names.flatMap((name) => types.map((type) => message(name, { type })));

  const replies = await askByDnspython(
    running.port,
    queries.map((packet) => ({ packet, transport: "tcp" })),
  );

  const records = replies.flatMap((reply) => [...(reply?.answer ?? []), ...(reply?.authority ?? [])]);
  const ttls = Map.groupBy(records, (record) => record.split(" ")[1]);
  assert.deepEqual([...ttls.keys()], ["1"]);
  assert.ok(names.length > 20 && records.length > queries.length);
});

test("34: the SOA record's serial is the zone's, and grows with it", async () => {
  let zone = exampleZone(7);
  await using running = await startServer({ zone: () => zone });
  const resolver = resolverOf(running);

  const first = await resolver.resolveSoa("test");
  zone = exampleZone(8);
  const second = await resolver.resolveSoa("test");

  assert.deepEqual([first.serial, second.serial], [7, 8]);
});

test("42: an environment that is gone has no name in the next query", async () => {
  let zone = exampleZone();
  await using running = await startServer({ zone: () => zone });

  const before = await outcome(running, "web.e1.test");
  zone = zoneOf([]);
  const after = await outcome(running, "web.e1.test");

  assert.deepEqual([before, after], ["10.224.1.10", "ENOTFOUND"]);
});

test("43: of two environments that want one hostname the older answers, whatever the order, and both are told", async () => {
  for (const environments of [exampleEnvironments, exampleEnvironments.toReversed()]) {
    const zone = zoneOf(environments);
    await using running = await startServer({ zone: () => zone });

    assert.equal(await outcome(running, "shop.example.dev"), "10.224.1.10");
    assert.deepEqual(
      zone.warnings.map((warning) => warning.environments),
      [["shop/e1", "blog/e1"]],
    );
  }
});

test("services called ns, localhost and wpad are names like others, below their environment", async () => {
  const services = Object.fromEntries(["ns", "localhost", "wpad"].map((name) => [name, service(["10.224.1.10"])]));
  const zone = zoneOf([environment("shop/e1", services)]);
  await using running = await startServer({ zone: () => zone });
  const names = ["ns.e1.test", "localhost.e1.test", "wpad.e1.test", "ns.test", "localhost", "wpad.test"];

  const outcomes = await Promise.all(names.map((name) => outcome(running, name)));

  assert.deepEqual(outcomes, ["10.224.1.10", "10.224.1.10", "10.224.1.10", "127.0.0.1", "127.0.0.1", "ENOTFOUND"]);
});

test("a name in another script is asked for in its encoded form, and in any case", async () => {
  const zone = zoneOf([environment("shop/e1", { web: service(["10.224.1.10"], { hostnames: ["bücher.example"] }) })]);
  await using running = await startServer({ zone: () => zone });

  assert.equal(await outcome(running, "xn--bcher-kva.example"), "10.224.1.10");
  assert.equal(await outcome(running, "XN--Bcher-KVA.example"), "10.224.1.10");
});

function zoneOf(environments: typeof exampleEnvironments): Zone {
  return buildZone({ environments, suffix: "test", baseSubnet: "10.224.0.0/16", serial: 7 });
}

function resolverOf(running: RunningServer): Resolver {
  const resolver = new Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${running.port}`]);
  return resolver;
}

/** Addresses of a name, or the code that c-ares gives. */
async function outcome(running: RunningServer, name: string): Promise<string> {
  try {
    return (await resolverOf(running).resolve4(name)).join(" ");
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
