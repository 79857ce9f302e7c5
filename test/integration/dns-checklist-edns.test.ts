import assert from "node:assert/strict";
import { test } from "node:test";
import { buildZone } from "../../src/dns/zone.ts";
import { dig, digIsMissing } from "../dns/dig.ts";
import { type DigRow, describeDigRows } from "../dns/dig-rows.ts";
import { askByDnspython, dnspythonIsMissing } from "../dns/dnspython.ts";
import { crowdAddresses, environment, service } from "../dns/example-zone.ts";
import { message, opt, toOctets, toWords } from "../dns/messages.ts";
import { describeRawRows, type ExpectedReply, type RawRow } from "../dns/raw-rows.ts";
import { startServer } from "../dns/running-server.ts";

const soa = "test. 1 IN SOA ns.test. hostmaster.test. 7 3600 600 86400 1";
const edns = "version 0, 1232 octets";
const web: ExpectedReply = { answer: ["web.e1.test. 1 IN A 10.224.1.10"] };
const webRecords = ["web.e1.test. 1 IN A 10.224.1.10"];
const formerr: ExpectedReply = { rcode: "FORMERR", flags: "qr rd ra" };

const withOpt = (record: Buffer) => ({ counts: [1, 0, 0, 1] as [number, number, number, number], rest: record });
/** One option of an OPT record. */
const option = (code: number, data: string) => {
  const octets = Buffer.from(data, "hex");
  return Buffer.concat([toWords([code, octets.length]), octets]);
};

/** One of every kind of reply. */
const kinds: { what: string; name: string; type?: string; class?: number; flags?: number; reply: ExpectedReply }[] = [
  { what: "a positive reply", name: "web.e1.test", reply: web },
  { what: "NODATA", name: "web.e1.test", type: "AAAA", reply: { authority: [soa] } },
  { what: "NXDOMAIN", name: "nope.e1.test", reply: { rcode: "NXDOMAIN", authority: [soa] } },
  { what: "REFUSED", name: "test", type: "AXFR", reply: { rcode: "REFUSED", flags: "qr rd ra" } },
  { what: "NOTIMP", name: "test", flags: 0x2800, reply: { rcode: "NOTIMP", flags: "qr", opcode: 5 } },
  { what: "FORMERR", name: "web.e1.test", type: "OPT", reply: formerr },
];

const rows: RawRow[] = [
  ...kinds.flatMap(({ what, name, reply, ...query }) => [
    { item: "57", title: `${what} has no OPT where the query has none`, packet: message(name, query), reply },
    {
      item: "58",
      title: `${what} has one OPT of version 0 and 1232 octets where the query has one`,
      packet: message(name, { ...query, ...withOpt(opt({ udpBytes: 4096 })) }),
      reply: { ...reply, edns },
    },
  ]),
  ...[1, 2, 255].map((version) => ({
    item: "59",
    title: `EDNS version ${version} is BADVERS, with our version 0 and no answer`,
    packet: message("web.e1.test", withOpt(opt({ version }))),
    reply: { rcode: "BADVERS", flags: "qr rd ra", edns },
  })),
  ...[
    { what: "an unknown option, 100", data: option(100, "") },
    { what: "an option for local use, 65001", data: option(65_001, "0102") },
    { what: "NSID", data: option(3, "") },
    { what: "a client subnet", data: option(8, "0001180000c00002") },
    { what: "EXPIRE", data: option(9, "") },
    { what: "a keep-alive time", data: option(11, "0064") },
    { what: "padding", data: option(12, "00".repeat(100)) },
    { what: "several of them", data: Buffer.concat([option(3, ""), option(100, "ff"), option(12, "00")]) },
  ].map(({ what, data }) => ({
    item: "60",
    title: `${what} is ignored, and nothing of it comes back`,
    packet: message("web.e1.test", withOpt(opt({ data }))),
    reply: { ...web, edns },
  })),
  ...["0102030405060708", "0102030405060708090a0b0c0d0e0f10", "01"].map((cookie) => ({
    item: "61",
    title: `a cookie of ${cookie.length / 2} octets is ignored, and none comes back`,
    packet: message("web.e1.test", withOpt(opt({ data: option(10, cookie) }))),
    reply: { ...web, edns },
  })),
  {
    item: "62",
    title: "two OPTs are FORMERR",
    packet: message("web.e1.test", { counts: [1, 0, 0, 2], rest: Buffer.concat([opt(), opt()]) }),
    reply: formerr,
  },
  {
    item: "62",
    title: "an OPT that belongs to a name is FORMERR",
    packet: message("web.e1.test", withOpt(opt({ owner: toOctets("test") }))),
    reply: formerr,
  },
  {
    item: "62",
    title: "an OPT whose owner is a pointer is FORMERR",
    packet: message("web.e1.test", withOpt(opt({ owner: toWords([0xc00c]) }))),
    reply: formerr,
  },
  ...[
    { what: "runs out of its OPT", data: toWords([10, 9, 0]) },
    { what: "has half a head", data: Buffer.from([0, 10, 0]) },
    { what: "is followed by one that is cut off", data: Buffer.concat([option(3, ""), toWords([100, 1])]) },
  ].map(({ what, data }) => ({
    item: "62",
    title: `an option that ${what} is FORMERR`,
    packet: message("web.e1.test", withOpt(opt({ data }))),
    reply: formerr,
  })),
  {
    item: "62",
    title: "an OPT that runs out of the message is FORMERR",
    packet: message("web.e1.test", withOpt(opt({ data: option(3, "0102") }).subarray(0, -1))),
    reply: formerr,
  },
  {
    item: "64",
    title: "DO comes back, and unknown flags do not",
    packet: message("web.e1.test", withOpt(opt({ flags: 0xffff }))),
    reply: { ...web, edns: `${edns}, DO` },
  },
  {
    item: "64",
    title: "unknown flags alone come back as none",
    packet: message("web.e1.test", withOpt(opt({ flags: 0x7fff }))),
    reply: { ...web, edns },
  },
  {
    item: "64",
    title: "DO comes back with what is missing, too, without signatures",
    packet: message("nope.e1.test", withOpt(opt({ flags: 0x8000 }))),
    reply: { rcode: "NXDOMAIN", authority: [soa], edns: `${edns}, DO` },
  },
];

describeRawRows("EDNS", rows);

const asDigSeesIt: DigRow[] = [
  { item: "57", question: "web.e1.test A +noedns", edns: "", answer: webRecords },
  { item: "59", question: "web.e1.test A +edns=1 +noednsneg", status: "BADVERS", flags: "qr rd ra" },
  {
    item: "60",
    question: "web.e1.test A +ednsopt=100:00 +nsid +expire +keepalive +subnet=192.0.2.0/24",
    answer: webRecords,
  },
  { item: "61", question: "web.e1.test A +cookie=0123456789abcdef", answer: webRecords },
  {
    item: "64",
    question: "web.e1.test A +dnssec +ednsflags=0x80",
    edns: "version: 0, flags: do; udp: 1232",
    answer: webRecords,
  },
  { item: "16", question: "version.bind TXT -c CH", status: "REFUSED", flags: "qr rd ra" },
  { item: "11", question: "+opcode=15 +header-only +norecurse +noedns", status: "NOTIMP", flags: "qr", edns: "" },
];

describeDigRows("EDNS as dig sees it", asDigSeesIt);

/** Names of one to eighty addresses: replies of 45 to 1,325 octets. */
const sizesZone = buildZone({
  environments: [
    environment(
      "shop/e1",
      Object.fromEntries(crowdAddresses.map((_, last) => [`s${last + 1}`, service(crowdAddresses.slice(0, last + 1))])),
    ),
  ],
  suffix: "test",
  baseSubnet: "10.224.0.0/16",
  serial: 7,
});

for (const { client, limit } of [
  { client: null, limit: 512 },
  { client: 0, limit: 512 },
  { client: 1, limit: 512 },
  { client: 511, limit: 512 },
  { client: 512, limit: 512 },
  { client: 800, limit: 800 },
  { client: 1231, limit: 1231 },
  { client: 1232, limit: 1232 },
  { client: 4096, limit: 1232 },
  { client: 65_508, limit: 1232 },
]) {
  const who = client === null ? "without EDNS" : `that announces ${client} octets`;
  test(`63, 65: a client ${who} gets what fits ${limit} octets whole, else TC and no part of it`, {
    skip: dnspythonIsMissing,
  }, async () => {
    await using running = await startServer({ zone: () => sizesZone });
    const queries = crowdAddresses.map((_, last) => ({
      packet: message(`s${last + 1}.e1.test`, client === null ? {} : withOpt(opt({ udpBytes: client }))),
      transport: "udp" as const,
    }));

    const replies = await askByDnspython(running.port, queries);

    for (const [last, reply] of replies.entries()) {
      const query = queries[last]?.packet ?? Buffer.alloc(0);
      const fits = query.length + 16 * (last + 1) <= limit;
      assert.equal(reply?.flags, fits ? "qr aa rd ra" : "qr aa tc rd ra");
      assert.equal(reply?.answer.length, fits ? last + 1 : 0);
      assert.equal(reply?.optCount, client === null ? 0 : 1);
      assert.ok(reply.reply.length <= limit);
    }
    assert.equal(new Set(replies.map((reply) => reply?.flags)).size, 2);
  });
}

test("65, 66: what does not fit a datagram has TC, and dig then gets all of it by TCP", {
  skip: digIsMissing,
}, async () => {
  await using running = await startServer();
  const crowd = crowdAddresses.map((address) => `crowd.e1.test. 1 IN A ${address}`);

  const truncated = await dig(running.port, ["crowd.e1.test", "A", "+ignore"]);
  const whole = await dig(running.port, ["crowd.e1.test", "A"]);
  const byTcp = await dig(running.port, ["crowd.e1.test", "A", "+tcp"]);

  assert.deepEqual([truncated.flags, truncated.answer], ["qr aa tc rd ra", []]);
  assert.deepEqual(whole.answer.toSorted(), crowd.toSorted());
  assert.deepEqual([byTcp.flags, byTcp.answer.toSorted()], ["qr aa rd ra", crowd.toSorted()]);
});

test("58: a truncated reply keeps its OPT", { skip: dnspythonIsMissing }, async () => {
  await using running = await startServer();
  const packet = message("crowd.e1.test", withOpt(opt({ udpBytes: 1232, flags: 0x8000 })));

  const [reply] = await askByDnspython(running.port, [{ packet, transport: "udp" }]);

  assert.equal(reply?.flags, "qr aa tc rd ra");
  assert.deepEqual(reply?.edns, { version: 0, flags: 0x8000, udpBytes: 1232, options: [] });
});
