import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toCacheTerms } from "../../../../src/dns/forward/cache/cache-terms.ts";
import { parseUpstreamReply } from "../../../../src/dns/forward/relay.ts";
import { readCorpus } from "../../corpus.ts";
import { exampleAddress, questionOf, type ReplyOptions, record, replyTo, soaRecord } from "../../fake-upstream.ts";
import { message, opt, toOctets } from "../../messages.ts";

const query = message("example.com");
const questionEnd = 12 + questionOf(query).length;
const alias = (ttlSeconds: number) => record(5, toOctets("a.example"), ttlSeconds);
const address = (ttlSeconds: number) => record(1, exampleAddress, ttlSeconds);

function termsOf(options: ReplyOptions, type = 1) {
  const reply = parseUpstreamReply(replyTo(query, options));
  assert.ok(reply);
  return toCacheTerms(reply, type, questionEnd);
}

const rows: { title: string; reply: ReplyOptions; type?: number; seconds: number | null; canBeStale?: boolean }[] = [
  {
    title: "the least TTL of all records counts",
    reply: { counts: [1, 0, 1], records: [address(60), address(9)] },
    seconds: 9,
  },
  { title: "an hour is the most", reply: { counts: [1, 0, 0], records: [address(86_400)] }, seconds: 3600 },
  {
    title: "a TTL of 2^31 and more is 0",
    reply: { counts: [1, 0, 0], records: [address(0x8000_0000)] },
    seconds: null,
  },
  { title: "the OPT record has no TTL", reply: { counts: [1, 0, 1], records: [address(60), opt()] }, seconds: 60 },
  {
    title: "an alias and its address are an answer",
    reply: { counts: [2, 0, 0], records: [alias(50), address(60)] },
    seconds: 50,
  },
  { title: "an alias alone is none", reply: { counts: [1, 0, 0], records: [alias(50)] }, seconds: null },
  {
    title: "an alias is the answer to a query for it",
    reply: { counts: [1, 0, 0], records: [alias(50)] },
    type: 5,
    seconds: 50,
  },
  {
    title: "an alias that ends in NODATA is negative",
    reply: { counts: [1, 1, 0], records: [alias(50), soaRecord(20, 30)] },
    seconds: 20,
  },
  { title: "ANY is answered by anything", reply: { counts: [1, 0, 0], records: [alias(50)] }, type: 255, seconds: 50 },
  {
    title: "NODATA counts for the SOA record's TTL",
    reply: { counts: [0, 1, 0], records: [soaRecord(20, 60)] },
    seconds: 20,
  },
  { title: "NODATA counts for MINIMUM", reply: { counts: [0, 1, 0], records: [soaRecord(60, 20)] }, seconds: 20 },
  {
    title: "NODATA counts for 300 s at most",
    reply: { counts: [0, 1, 0], records: [soaRecord(3600, 3600)] },
    seconds: 300,
  },
  { title: "MINIMUM 0 is not kept", reply: { counts: [0, 1, 0], records: [soaRecord(60, 0)] }, seconds: null },
  {
    title: "a referral is not kept",
    reply: { counts: [0, 1, 0], records: [record(2, toOctets("ns.example"), 60)] },
    seconds: null,
  },
  {
    title: "NXDOMAIN is never stale",
    reply: { flags: 0x8183, counts: [0, 1, 0], records: [soaRecord(20, 60)] },
    seconds: 20,
    canBeStale: false,
  },
  { title: "NXDOMAIN without SOA record is not kept", reply: { flags: 0x8183 }, seconds: null },
  {
    title: "NXDOMAIN behind an alias is not an answer",
    reply: { flags: 0x8183, counts: [2, 1, 0], records: [alias(50), address(50), soaRecord(20, 60)] },
    seconds: 20,
    canBeStale: false,
  },
  {
    title: "SERVFAIL is not kept",
    reply: { flags: 0x8182, counts: [0, 1, 0], records: [soaRecord(20, 60)] },
    seconds: null,
  },
  {
    title: "what is truncated is not kept",
    reply: { flags: 0x8380, counts: [1, 0, 0], records: [address(60)] },
    seconds: null,
  },
  {
    title: "an SOA record that is cut short is none",
    reply: { counts: [0, 1, 0], records: [record(6, Buffer.alloc(21), 60)] },
    seconds: null,
  },
];

for (const { title, reply, type, seconds, canBeStale = true } of rows) {
  test(`88, 89: ${title}`, () => {
    const terms = termsOf(reply, type);

    assert.equal(terms?.lifetimeSeconds ?? null, seconds);
    if (terms !== null) assert.equal(terms.canBeStale, canBeStale);
  });
}

test("89: the offsets are those of every record's TTL but the OPT's", () => {
  const records = [address(1), alias(2), address(3)];
  const reply = replyTo(query, { counts: [2, 0, 2], records: [...records, opt()] });

  const terms = termsOf({ counts: [2, 0, 2], records: [...records, opt()] });

  assert.deepEqual(
    terms?.ttlOffsets.map((offset) => reply.readUInt32BE(offset)),
    [1, 2, 3],
  );
});

test("whatever follows the question, the terms are within bounds and the offsets within the packet", () => {
  const tails = fc.constantFrom(Buffer.alloc(0), ...readCorpus().map((packet) => packet.subarray(12)));
  const count = fc.constantFrom(0, 1, 2, 3);
  fc.assert(
    fc.property(tails, fc.tuple(count, count, count), fc.constantFrom(0x8180, 0x8183), (tail, counts, flags) => {
      const reply = parseUpstreamReply(replyTo(query, { flags, counts, records: [tail] }));
      const terms = reply && toCacheTerms(reply, 1, questionEnd);

      if (reply === null || terms === null) return;
      assert.ok(terms.lifetimeSeconds >= 1 && terms.lifetimeSeconds <= 3600);
      assert.ok(terms.ttlOffsets.every((offset) => offset > questionEnd && offset + 4 <= reply.end));
    }),
    { numRuns: 2_000 },
  );
});
