import assert from "node:assert/strict";
import { test } from "node:test";
import { Packet } from "dns2";
import fc from "fast-check";
import { answer } from "../../src/dns/answer.ts";
import { corpusIsMissing, readCorpus } from "./corpus.ts";
import { exampleZone } from "./example-zone.ts";
import { message, opt, readHeader } from "./messages.ts";

const zone = exampleZone();

/**
 * Each query gets a reply that another implementation can read and that echoes the id; only what is no query gets
 * none.
 */
function check(query: Uint8Array): void {
  const packet = Buffer.from(query);
  const isQuery = packet.length >= 12 && (packet.readUInt16BE(2) & 0x8000) === 0;
  for (const transport of ["udp", "tcp"] as const) {
    const result = answer(query, zone, transport);

    assert.equal(result.kind === "drop", !isQuery);
    if (result.kind !== "reply") continue;
    const { errors } = Packet.parse(result.packet);
    assert.deepEqual(errors, []);
    assert.equal(readHeader(result.packet).id, packet.readUInt16BE(0));
    assert.ok(transport === "tcp" || result.packet.length <= 1232);
  }
}

test("20: every message of the corpus is answered well, or is no query", { skip: corpusIsMissing }, () => {
  const corpus = readCorpus();

  for (const query of corpus) check(query);

  assert.ok(corpus.length > 1_000);
});

const seeds = [
  message("web.e1.test"),
  message("crowd.e1.test", {
    counts: [1, 0, 0, 1],
    rest: opt({ data: Buffer.from("000a00080102030405060708", "hex") }),
  }),
  message("example.com", { type: "ANY" }),
  ...readCorpus().filter((_, index) => index % 50 === 0),
];

const edit = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: fc.nat({ max: 600 }), octet: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat({ max: 600 }), octet: fc.nat({ max: 255 }) }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: fc.nat({ max: 600 }),
    octet: fc.constantFrom(0, 0x3f, 0x40, 0x80, 0xc0, 0xff),
  }),
);

test("20: queries with octets changed, cut off and put in are answered well, or are no queries", () => {
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 8 }), (seed, edits) => {
      let query = Buffer.from(seed);
      for (const { kind, at, octet } of edits) {
        const offset = at % (query.length + 1);
        if (kind === "cut") query = query.subarray(0, offset);
        else if (kind === "insert")
          query = Buffer.concat([query.subarray(0, offset), Buffer.from([octet]), query.subarray(offset)]);
        else if (offset < query.length) query[offset] = octet;
      }

      check(query);
    }),
    { numRuns: 3_000 },
  );
});
