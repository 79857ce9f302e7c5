import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { after, before, describe, test } from "node:test";
import { dig, digIsMissing } from "../dns/dig.ts";
import { crowdAddresses } from "../dns/example-zone.ts";
import { type RunningServer, startServer } from "../dns/running-server.ts";

interface Row {
  /** Of the checklist. */
  item: string;
  question: string;
  status?: string;
  flags?: string;
  answer?: string[];
  authority?: string[];
  edns?: string;
}

const soa = (apex: string) => `${apex} 1 IN SOA ns.test. hostmaster.test. 7 3600 600 86400 1`;
const reverseSoa = soa("224.10.in-addr.arpa.");
const crowd = crowdAddresses.map((address) => `crowd.e1.test. 1 IN A ${address}`);

/** What is not given: NOERROR, flags "qr aa rd ra", nothing in answer and authority, our OPT. */
const rows: Row[] = [
  { item: "1", question: "web.e1.test A", answer: ["web.e1.test. 1 IN A 10.224.1.10"] },
  { item: "1", question: "web.e1.test A +norecurse", flags: "qr aa ra", answer: ["web.e1.test. 1 IN A 10.224.1.10"] },
  { item: "1", question: "web.shop.e1.test A", answer: ["web.shop.e1.test. 1 IN A 10.224.1.10"] },
  { item: "1", question: "web.blog.e1.test A", answer: ["web.blog.e1.test. 1 IN A 10.224.2.10"] },
  { item: "1", question: "admin.e1.test A", answer: ["admin.e1.test. 1 IN A 10.224.1.10"] },
  { item: "1", question: "sidecar.e1.test A", answer: ["sidecar.e1.test. 1 IN A 10.224.1.10"] },
  { item: "1", question: "my_db.e1.test A", answer: ["my_db.e1.test. 1 IN A 10.224.1.14"] },
  { item: "1", question: "my-db.e1.test A", answer: ["my-db.e1.test. 1 IN A 10.224.1.14"] },
  { item: "21", question: "WeB.e1.TeSt A", answer: ["WeB.e1.TeSt. 1 IN A 10.224.1.10"] },
  { item: "26", question: "web.e1.test AAAA", authority: [soa("test.")] },
  { item: "27", question: "web.e1.test HTTPS", authority: [soa("test.")] },
  { item: "27", question: "web.e1.test SVCB", authority: [soa("test.")] },
  ...["TXT", "MX", "SRV", "NS", "CAA", "DS", "DNSKEY", "NAPTR", "TYPE65280"].flatMap((type) => [
    { item: "28", question: `web.e1.test ${type}`, authority: [soa("test.")] },
    { item: "29", question: `nope.e1.test ${type}`, status: "NXDOMAIN", authority: [soa("test.")] },
  ]),
  { item: "30", question: "web.e1.test ANY", answer: ["web.e1.test. 1 IN A 10.224.1.10"] },
  { item: "30", question: "e1.test ANY", authority: [soa("test.")] },
  { item: "31", question: "nope.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "31", question: "web.gone.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "31", question: "stopped.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "32", question: "e1.test A", authority: [soa("test.")] },
  { item: "32", question: "test A", authority: [soa("test.")] },
  { item: "32", question: "test AAAA", authority: [soa("test.")] },
  { item: "32", question: "y.blog.e1.test A", authority: [soa("test.")] },
  { item: "33", question: "test SOA", answer: [soa("test.")] },
  { item: "33", question: "test NS", answer: ["test. 1 IN NS ns.test."] },
  { item: "33", question: "ns.test A", answer: ["ns.test. 1 IN A 127.0.0.1"] },
  { item: "35", question: "deep.nope.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "36", question: "x.shop.e1.test A", answer: ["x.shop.e1.test. 1 IN A 10.224.1.10"] },
  { item: "36", question: "a.b.shop.e1.test A", answer: ["a.b.shop.e1.test. 1 IN A 10.224.1.10"] },
  { item: "36", question: "x.shop.e1.test AAAA", authority: [soa("test.")] },
  { item: "36", question: "*.shop.e1.test A", answer: ["*.shop.e1.test. 1 IN A 10.224.1.10"] },
  { item: "36", question: "x.blog.e1.test A", answer: ["x.blog.e1.test. 1 IN A 10.224.2.10"] },
  { item: "36", question: "x.wild.example.dev A", answer: ["x.wild.example.dev. 1 IN A 10.224.2.10"] },
  { item: "36", question: "x.wild.example.dev AAAA", authority: [soa("wild.example.dev.")] },
  { item: "37", question: "api.shop.e1.test AAAA", authority: [soa("test.")] },
  { item: "37", question: "x.api.shop.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "37", question: "x.web.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "38", question: "shop.e1.test A", answer: ["shop.e1.test. 1 IN A 10.224.1.10"] },
  { item: "39", question: "shop.example.dev A", answer: ["shop.example.dev. 1 IN A 10.224.1.10"] },
  { item: "39", question: "shop.example.dev AAAA", authority: [soa("shop.example.dev.")] },
  { item: "39", question: "shop.example.dev HTTPS", authority: [soa("shop.example.dev.")] },
  { item: "44", question: "localhost A", answer: ["localhost. 1 IN A 127.0.0.1"] },
  { item: "44", question: "x.localhost AAAA", answer: ["x.localhost. 1 IN AAAA ::1"] },
  { item: "44", question: "localhost TXT", authority: [soa("localhost.")] },
  { item: "45", question: "invalid A", status: "NXDOMAIN", authority: [soa("invalid.")] },
  { item: "45", question: "x.invalid A", status: "NXDOMAIN", authority: [soa("invalid.")] },
  { item: "46", question: "abc.onion A", status: "NXDOMAIN", authority: [soa("onion.")] },
  { item: "47", question: "printer.local A", status: "NXDOMAIN", authority: [soa("local.")] },
  { item: "49", question: "resolver.arpa SVCB", authority: [soa("resolver.arpa.")] },
  { item: "49", question: "_dns.resolver.arpa SVCB", status: "NXDOMAIN", authority: [soa("resolver.arpa.")] },
  { item: "51", question: "-x 10.224.1.10", answer: ["10.1.224.10.in-addr.arpa. 1 IN PTR web.e1.test."] },
  { item: "51", question: "-x 10.224.1.14", answer: ["14.1.224.10.in-addr.arpa. 1 IN PTR my-db.e1.test."] },
  { item: "51", question: "-x 10.224.2.10", answer: ["10.2.224.10.in-addr.arpa. 1 IN PTR web.blog.e1.test."] },
  { item: "52", question: "10.1.224.10.in-addr.arpa A", authority: [reverseSoa] },
  { item: "53", question: "-x 10.224.1.250", status: "NXDOMAIN", authority: [reverseSoa] },
  { item: "53", question: "-x 10.224.77.1", status: "NXDOMAIN", authority: [reverseSoa] },
  { item: "54", question: "224.10.in-addr.arpa SOA", answer: [reverseSoa] },
  { item: "54", question: "224.10.in-addr.arpa NS", answer: ["224.10.in-addr.arpa. 1 IN NS ns.test."] },
  { item: "54", question: "1.224.10.in-addr.arpa PTR", authority: [reverseSoa] },
  { item: "56", question: "-x 127.0.0.1", answer: ["1.0.0.127.in-addr.arpa. 1 IN PTR localhost."] },
  { item: "56", question: "-x ::1", answer: [`1.${"0.".repeat(31)}ip6.arpa. 1 IN PTR localhost.`] },
  { item: "59", question: "web.e1.test A +edns=1 +noednsneg", status: "BADVERS", flags: "qr rd ra" },
  {
    item: "60",
    question: "web.e1.test A +ednsopt=100:00 +nsid +expire +keepalive +subnet=192.0.2.0/24",
    answer: ["web.e1.test. 1 IN A 10.224.1.10"],
  },
  { item: "61", question: "web.e1.test A +cookie=0123456789abcdef", answer: ["web.e1.test. 1 IN A 10.224.1.10"] },
  {
    item: "64",
    question: "web.e1.test A +dnssec +ednsflags=0x80",
    edns: "version: 0, flags: do; udp: 1232",
    answer: ["web.e1.test. 1 IN A 10.224.1.10"],
  },
  { item: "16", question: "version.bind TXT -c CH", status: "REFUSED", flags: "qr rd ra" },
  { item: "11", question: "+opcode=15 +header-only +norecurse +noedns", status: "NOTIMP", flags: "qr", edns: "" },
  { item: "95", question: "example.com A", status: "SERVFAIL", flags: "qr rd ra" },
];

describe("the zone as dig sees it", { skip: digIsMissing, concurrency: 4 }, () => {
  let running: RunningServer;
  before(async () => {
    running = await startServer();
  });
  after(() => running[Symbol.asyncDispose]());

  for (const row of rows) {
    for (const transport of ["+notcp", "+tcp"]) {
      test(`${row.item}: ${row.question} ${transport}`, async () => {
        const reply = await dig(running.port, [...row.question.split(" "), transport]);

        const edns = row.edns === "" ? null : (row.edns ?? "version: 0, flags:; udp: 1232");
        const { status = "NOERROR", flags = "qr aa rd ra", answer = [], authority = [] } = row;
        assert.deepEqual(reply, { status, flags, edns, answer, authority });
      });
    }
  }

  test("57: a client without EDNS gets none", async () => {
    const reply = await dig(running.port, ["web.e1.test", "A", "+noedns"]);

    assert.equal(reply.edns, null);
  });

  test("65, 66: what does not fit a datagram has TC, and dig then gets all of it by TCP", async () => {
    const truncated = await dig(running.port, ["crowd.e1.test", "A", "+ignore"]);
    const whole = await dig(running.port, ["crowd.e1.test", "A"]);

    assert.deepEqual([truncated.flags, truncated.answer], ["qr aa tc rd ra", []]);
    assert.deepEqual(whole.answer.toSorted(), crowd.toSorted());
  });
});

describe("the zone as c-ares sees it", { concurrency: 4 }, () => {
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
    { item: "31", name: "nope.e1.test", type: "A", code: "ENOTFOUND" },
    { item: "32", name: "e1.test", type: "A", code: "ENODATA" },
    { item: "37", name: "x.web.e1.test", type: "A", code: "ENOTFOUND" },
    { item: "95", name: "example.com", type: "A", code: "ESERVFAIL" },
  ]) {
    test(`${item}: ${name} ${type} is ${code}`, async () => {
      await assert.rejects(resolver.resolve(name, type), { code });
    });
  }

  test("51: an address gives back one name", async () => {
    assert.deepEqual(await resolver.reverse("10.224.1.10"), ["web.e1.test"]);
  });

  test("34: the SOA record carries the zone's serial", async () => {
    const { serial, minttl } = await resolver.resolveSoa("test");

    assert.deepEqual({ serial, minttl }, { serial: 7, minttl: 1 });
  });

  test("66: a truncated reply is fetched by TCP", async () => {
    const addresses = await resolver.resolve4("crowd.e1.test");

    assert.deepEqual(addresses.toSorted(), crowdAddresses.toSorted());
  });
});
