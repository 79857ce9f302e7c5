import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { maxReplyBytes } from "../../../../src/dns/answer-bytes.ts";
import { parseQuery } from "../../../../src/dns/wire/query.ts";
import { type FakeUpstream, record, replyTo, startFakeUpstream } from "../../fake-upstream.ts";
import { message, opt, readHeader, toOctets } from "../../messages.ts";
import { createTestForwarder, type TestForwarder } from "../test-forwarder.ts";

const address = Buffer.from([192, 0, 2, 7]);
const withOpt = { counts: [1, 0, 0, 1] as [number, number, number, number], rest: opt() };
const withDo = { ...withOpt, rest: opt({ flags: 0x8000 }) };
const offset = 3;

let upstream: FakeUpstream;
let forwarder: TestForwarder;
before(async () => {
  upstream = await startFakeUpstream(({ query }) => {
    const isLong = query.includes("many");
    const isMissing = query.includes("missing");
    if (isMissing) return [replyTo(query, { flags: 0x8183 })];
    const records = Array.from({ length: isLong ? 60 : 2 }, () => record(1, address, 300));
    return [replyTo(query, { flags: 0x85a0, counts: [records.length, 0, 1], records: [...records, opt()] })];
  });
  forwarder = createTestForwarder([upstream.upstream]);
  for (const name of ["www.example.com", "many.example.com", "missing.example.com"]) {
    for (const options of [{}, withDo, { flags: 0x0110 }]) await forwarder.ask(message(name, options), "tcp");
  }
  forwarder.clock.advance(500);
});
after(async () => {
  await forwarder[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** What is written for a query, null where it is left to `forward`; nothing else of the buffer is touched. */
function write(query: Buffer): Buffer | null {
  const out = Buffer.alloc(offset + maxReplyBytes, 0xee);
  const length = forwarder.writeCached(query, out, offset);
  assert.ok(out.subarray(0, offset).every((octet) => octet === 0xee));
  assert.ok(out.subarray(offset + length).every((octet) => octet === 0xee));
  return length === 0 ? null : out.subarray(offset, offset + length);
}

/** What is written is what `forward` gives. */
function check(query: Buffer): boolean {
  const written = write(query);
  if (written === null) return false;
  assert.equal(parseQuery(query).kind, "query");
  assert.equal(written.toString("hex"), forwarder.recall(query).packet.toString("hex"));
  return true;
}

describe("usual queries are answered from the cache in octets", () => {
  for (const [what, query] of Object.entries({
    plain: message("www.example.com", { id: 0xabcd }),
    "with EDNS": message("www.example.com", withOpt),
    "with DO": message("www.example.com", withDo),
    "with CD": message("www.example.com", { flags: 0x0110 }),
    "with AD": message("www.example.com", { flags: 0x0120 }),
    "without RD": message("www.example.com", { flags: 0 }),
    "in capitals": message("WWW.eXample.COM"),
    "with room for many records": message("many.example.com", withOpt),
  })) {
    test(what, () => {
      assert.ok(check(query));
    });
  }

  test("with TTLs that count down", () => {
    forwarder.clock.advance(20_000);

    assert.ok(check(message("www.example.com", withOpt)));
    const written = write(message("www.example.com"));

    assert.equal(written?.readUInt32BE(12 + 21 + 6), 280);
    assert.deepEqual(written && readHeader(written).counts, [1, 2, 0, 0]);
  });
});

describe("the rest is left to forward", () => {
  for (const [what, query] of Object.entries({
    "a name that was not asked for": message("other.example.com"),
    "another type": message("www.example.com", { type: "AAAA" }),
    "another class": message("www.example.com", { class: 3 }),
    "a reply": message("www.example.com", { flags: 0x8180 }),
    "too many records for the client": message("many.example.com"),
    "another EDNS version": message("www.example.com", { ...withOpt, rest: opt({ version: 1 }) }),
    "an absence without SOA record": message("missing.example.com"),
    "capitals beside octets that JavaScript folds": message(Buffer.from("\x03W\xc0W\x04test\0", "latin1")),
    "a type for queries only": message("www.example.com", { type: "AXFR" }),
    "a name that runs out": message("www.example.com").subarray(0, 20),
  })) {
    test(what, () => {
      assert.equal(write(query), null);
    });
  }

  test("what is not fresh any more", async () => {
    await using aging = createTestForwarder([upstream.upstream]);
    await aging.ask(message("www.example.com"));
    aging.clock.advance(300_000);

    assert.equal(aging.writeCached(message("www.example.com"), Buffer.alloc(maxReplyBytes), 0), 0);
  });
});

test("whatever is written is what forward gives, for queries of every kind", () => {
  let writtenCount = 0;
  const name = fc.constantFrom(
    "www.example.com",
    "WwW.example.com",
    "many.example.com",
    "missing.example.com",
    "x.test",
  );
  const edns = fc.option(
    fc.record({ udpBytes: fc.nat(0xffff), version: fc.constantFrom(0, 0, 0, 1), flags: fc.nat(0xffff) }),
  );
  const query = fc
    .record({ name, id: fc.nat(0xffff), flags: fc.nat(0x07ff), type: fc.constantFrom("A", "A", "A", "TYPE97"), edns })
    .map(({ edns: given, ...rest }) =>
      message(toOctets(rest.name), given === null ? rest : { ...rest, ...withOpt, rest: opt(given) }),
    );

  fc.assert(
    fc.property(query, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 2 }), (packet, mutations) => {
      for (const [at, octet] of mutations) packet[at % packet.length] = octet;
      writtenCount += check(packet) ? 1 : 0;
    }),
    { numRuns: 3_000 },
  );

  assert.ok(writtenCount > 300, `${writtenCount} of 3,000`);
});
