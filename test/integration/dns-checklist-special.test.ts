import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { test } from "node:test";
import { toNameKey } from "../../src/dns/wire/name.ts";
import { buildZone } from "../../src/dns/zone.ts";
import { dig, digIsMissing } from "../dns/dig.ts";
import { type DigRow, describeDigRows } from "../dns/dig-rows.ts";
import { environment, service } from "../dns/example-zone.ts";
import { replyTo, startFakeUpstream } from "../dns/fake-upstream.ts";
import { startServer } from "../dns/running-server.ts";

const soa = (apex: string, server = "test.") => `${apex} 1 IN SOA ns.${server} hostmaster.${server} 7 3600 600 86400 1`;
const reverseSoa = soa("224.10.in-addr.arpa.");
const loopbackReverse = `1.${"0.".repeat(31)}ip6.arpa.`;

const specialUse: DigRow[] = [
  { item: "44", question: "localhost A", answer: ["localhost. 1 IN A 127.0.0.1"] },
  { item: "44", question: "localhost AAAA", answer: ["localhost. 1 IN AAAA ::1"] },
  { item: "44", question: "x.localhost A", answer: ["x.localhost. 1 IN A 127.0.0.1"] },
  { item: "44", question: "x.y.localhost AAAA", answer: ["x.y.localhost. 1 IN AAAA ::1"] },
  { item: "44", question: "localhost TXT", authority: [soa("localhost.")] },
  { item: "44", question: "x.localhost HTTPS", authority: [soa("localhost.")] },
  ...["A", "AAAA", "TXT"].flatMap((type) => [
    { item: "45", question: `invalid ${type}`, status: "NXDOMAIN", authority: [soa("invalid.")] },
    { item: "45", question: `x.invalid ${type}`, status: "NXDOMAIN", authority: [soa("invalid.")] },
  ]),
  { item: "46", question: "onion A", status: "NXDOMAIN", authority: [soa("onion.")] },
  { item: "46", question: "abc.onion AAAA", status: "NXDOMAIN", authority: [soa("onion.")] },
  { item: "47", question: "printer.local A", status: "NXDOMAIN", authority: [soa("local.")] },
  { item: "47", question: "_http._tcp.local PTR", status: "NXDOMAIN", authority: [soa("local.")] },
  // NXDOMAIN and not NODATA for _dns: cilo offers no encrypted resolver, and an upstream's is none of the client's.
  { item: "49", question: "resolver.arpa SVCB", authority: [soa("resolver.arpa.")] },
  { item: "49", question: "resolver.arpa A", authority: [soa("resolver.arpa.")] },
  { item: "49", question: "_dns.resolver.arpa SVCB", status: "NXDOMAIN", authority: [soa("resolver.arpa.")] },
];

const reverse: DigRow[] = [
  { item: "51", question: "-x 10.224.1.10", answer: ["10.1.224.10.in-addr.arpa. 1 IN PTR web.e1.test."] },
  { item: "51", question: "-x 10.224.1.12", answer: ["12.1.224.10.in-addr.arpa. 1 IN PTR api.e1.test."] },
  { item: "51", question: "-x 10.224.1.14", answer: ["14.1.224.10.in-addr.arpa. 1 IN PTR my-db.e1.test."] },
  { item: "51", question: "-x 10.224.2.10", answer: ["10.2.224.10.in-addr.arpa. 1 IN PTR web.blog.e1.test."] },
  ...["A", "AAAA", "TXT", "TYPE65280"].map((type) => ({
    item: "52",
    question: `10.1.224.10.in-addr.arpa ${type}`,
    authority: [reverseSoa],
  })),
  { item: "53", question: "-x 10.224.1.250", status: "NXDOMAIN", authority: [reverseSoa] },
  { item: "53", question: "-x 10.224.77.1", status: "NXDOMAIN", authority: [reverseSoa] },
  { item: "53", question: "x.224.10.in-addr.arpa PTR", status: "NXDOMAIN", authority: [reverseSoa] },
  { item: "53", question: "9.10.1.224.10.in-addr.arpa PTR", status: "NXDOMAIN", authority: [reverseSoa] },
  { item: "54", question: "224.10.in-addr.arpa SOA", answer: [reverseSoa] },
  { item: "54", question: "224.10.in-addr.arpa NS", answer: ["224.10.in-addr.arpa. 1 IN NS ns.test."] },
  { item: "54", question: "224.10.in-addr.arpa PTR", authority: [reverseSoa] },
  { item: "54", question: "1.224.10.in-addr.arpa PTR", authority: [reverseSoa] },
  { item: "56", question: "-x 127.0.0.1", answer: ["1.0.0.127.in-addr.arpa. 1 IN PTR localhost."] },
  { item: "56", question: "-x 127.0.0.2", status: "NXDOMAIN", authority: [soa("127.in-addr.arpa.")] },
  { item: "56", question: "-x ::1", answer: [`${loopbackReverse} 1 IN PTR localhost.`] },
];

/** `test` is not the suffix here. */
const otherSuffixZone = buildZone({
  environments: [
    environment("shop/e1", { web: service(["10.224.1.10"]) }, { suffix: "lan" }),
    environment("shop/e2", { web: service(["10.224.3.10"]) }, { suffix: "cilo.local", subnet: "10.224.3.0/24" }),
  ],
  suffix: "lan",
  baseSubnet: "10.224.0.0/16",
  serial: 7,
});

const otherSuffixes: DigRow[] = [
  { item: "47", question: "web.e2.cilo.local A", answer: ["web.e2.cilo.local. 1 IN A 10.224.3.10"] },
  { item: "47", question: "x.cilo.local A", status: "NXDOMAIN", authority: [soa("cilo.local.", "cilo.local.")] },
  { item: "47", question: "printer.local A", status: "NXDOMAIN", authority: [soa("local.")] },
  { item: "48", question: "web.e1.lan A", answer: ["web.e1.lan. 1 IN A 10.224.1.10"] },
  { item: "48", question: "x.lan A", status: "NXDOMAIN", authority: [soa("lan.", "lan.")] },
  { item: "48", question: "web.e1.test A", status: "NXDOMAIN", authority: [soa("test.")] },
  { item: "48", question: "test SOA", answer: [soa("test.")] },
];

describeDigRows("special-use names as dig sees them", specialUse);
describeDigRows("reverse names as dig sees them", reverse);
describeDigRows("other suffixes than test as dig sees them", otherSuffixes, { zone: () => otherSuffixZone });

test("50: Firefox's canary is an upstream's, unless cilo was told to deny it", { skip: digIsMissing }, async () => {
  const canary = toNameKey("use-application-dns.net");
  await using upstream = await startFakeUpstream(({ query }) => [replyTo(query)]);
  await using asking = await startServer({ upstreams: [upstream.upstream] });
  await using denying = await startServer({ upstreams: [upstream.upstream], isWithheld: (name) => name === canary });

  const replies = [
    await dig(asking.port, ["use-application-dns.net", "A"]),
    await dig(denying.port, ["use-application-dns.net", "A"]),
    await dig(denying.port, ["x.use-application-dns.net", "A"]),
  ];

  assert.deepEqual(
    replies.map(({ status }) => status),
    ["NOERROR", "NXDOMAIN", "NOERROR"],
  );
  assert.equal(upstream.received.length, 2);
});

test("51: an address gives one name back to c-ares", async () => {
  await using running = await startServer();
  const resolver = new Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${running.port}`]);

  assert.deepEqual(await resolver.reverse("10.224.1.10"), ["web.e1.test"]);
  await assert.rejects(resolver.reverse("10.224.1.99"), { code: "ENOTFOUND" });
});

for (const transport of ["+notcp", "+tcp"]) {
  test(`55: reverse names beside ours are an upstream's, whose NXDOMAIN is handed on, ${transport}`, {
    skip: digIsMissing,
  }, async () => {
    await using upstream = await startFakeUpstream(({ query }) => [replyTo(query, { flags: 0x8183 })]);
    await using running = await startServer({ upstreams: [upstream.upstream] });

    const replies = [
      await dig(running.port, ["-x", "10.225.1.1", transport]),
      await dig(running.port, ["-x", "10.223.255.255", transport]),
      await dig(running.port, ["10.in-addr.arpa", "PTR", transport]),
    ];

    assert.deepEqual(
      replies.map(({ status, authority }) => [status, authority]),
      replies.map(() => ["NXDOMAIN", []]),
    );
    assert.equal(upstream.received.length, 3);
  });
}
