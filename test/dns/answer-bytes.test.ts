import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { answer } from "../../src/dns/answer.ts";
import { createByteAnswerer, maxReplyBytes } from "../../src/dns/answer-bytes.ts";
import { buildZone } from "../../src/dns/zone.ts";
import { corpusIsMissing, readCorpus } from "./corpus.ts";
import { environment, exampleEnvironments, service } from "./example-zone.ts";
import { message, opt, toOctets } from "./messages.ts";

const longSuffix = `${"s".repeat(63)}.${"u".repeat(63)}.${"f".repeat(50)}`;
/** The example with a serial of 32 bits and names of the greatest length. */
const zone = buildZone({
  environments: [
    ...exampleEnvironments,
    environment("far/e9", { web: service(["10.224.9.10"]) }, { suffix: longSuffix, subnet: "10.224.9.0/24" }),
  ],
  suffix: "test",
  baseSubnet: "10.224.0.0/16",
  serial: 0xffff_fff1,
});

const answerer = createByteAnswerer();
/** Where in the buffer replies are written, so that offsets within a message cannot be mixed up with others. */
const offset = 5;

/** The reply in octets, or null where the query is left to `answer`. */
function writeReply(query: Buffer): Buffer | null {
  const out = Buffer.alloc(offset + maxReplyBytes, 0xee);
  const length = answerer.write(query, zone, out, offset);
  assert.ok(out.subarray(0, offset).every((octet) => octet === 0xee));
  assert.ok(out.subarray(offset + length).every((octet) => octet === 0xee) || length === 0);
  return length === 0 ? null : out.subarray(offset, offset + length);
}

/** What is written is what the reference says, octet for octet. */
function check(query: Buffer): boolean {
  const written = writeReply(query);
  if (written === null) return false;
  const reference = answer(query, zone, "udp");
  assert.equal(reference.kind, "reply");
  assert.deepEqual(reference.kind === "reply" && reference.packet.toString("hex"), written.toString("hex"));
  return true;
}

const withOpt = { counts: [1, 0, 0, 1] as [number, number, number, number], rest: opt() };
const cookie = Buffer.from("000a00080102030405060708", "hex");

describe("usual queries are answered from octets", () => {
  for (const [what, query] of Object.entries({
    "a service": message("web.e1.test"),
    "with EDNS": message("web.e1.test", withOpt),
    "with a cookie": message("web.e1.test", { ...withOpt, rest: opt({ data: cookie }) }),
    "with DO and CD": message("web.e1.test", { ...withOpt, flags: 0x0110, rest: opt({ flags: 0x8000 }) }),
    "in capitals": message("WEB.E1.TEST", withOpt),
    replicas: message("api.e1.test", { id: 0x1235 }),
    "too many addresses": message("crowd.e1.test", withOpt),
    "a wildcard": message("x.shop.e1.test"),
    "a missing type": message("web.e1.test", { type: "AAAA" }),
    "a missing name": message("nope.e1.test", withOpt),
    "an empty non-terminal": message("e1.test", { type: "MX" }),
    "the apex's SOA": message("test", { type: "SOA" }),
    ANY: message("web.e1.test", { type: "ANY" }),
    "an address": message("10.1.224.10.in-addr.arpa", { type: "PTR" }),
    "a service's ports": message("_HTTP._tcp.web.e1.test", { ...withOpt, type: "SRV" }),
    "the name above a service's ports": message("_tcp.web.e1.test", { type: "SRV" }),
    "a name below a service's ports": message("x._http._tcp.web.e1.test", { type: "SRV" }),
    "a name beside a service's ports": message("_udp.web.e1.test", { type: "SRV" }),
    "the longest suffix": message(`web.e9.${longSuffix}`),
  })) {
    test(what, () => {
      assert.ok(check(query));
    });
  }
});

describe("the rest is left to the reference", () => {
  for (const [what, query] of Object.entries({
    "a foreign name": message("example.com"),
    "a name below a foreign one": message("x.shop.example.dev"),
    "the root": message(""),
    "a reply": message("web.e1.test", { flags: 0x8180 }),
    "another opcode": message("web.e1.test", { flags: 0x2000 }),
    "another class": message("web.e1.test", { class: 3 }),
    "no question": message("web.e1.test", { counts: [0, 0, 0, 0] }),
    "a zone transfer": message("test", { type: "AXFR" }),
    "another EDNS version": message("web.e1.test", { ...withOpt, rest: opt({ version: 1 }) }),
    "two OPT records": message("web.e1.test", { counts: [1, 0, 0, 2], rest: Buffer.concat([opt(), opt()]) }),
    "an option that runs out": message("web.e1.test", { ...withOpt, rest: opt({ data: Buffer.from([0, 10, 0, 9]) }) }),
    "no OPT where one is counted": message("web.e1.test", { counts: [1, 0, 0, 1] }),
    "a name that runs out": message(Buffer.from([3, 0x77]), {}).subarray(0, 14),
    "a name of 256 octets": message(Buffer.concat([...Array(127).fill(Buffer.from([1, 0x61])), toOctets("a")])),
    "a compression pointer": message(Buffer.from([0xc0, 0x0c])),
    "a header alone": message("web.e1.test").subarray(0, 12),
  })) {
    test(what, () => {
      assert.equal(writeReply(query), null);
    });
  }
});

test("20: what is written for a message of the corpus is what the reference says", { skip: corpusIsMissing }, () => {
  const written = readCorpus().filter((query) => check(Buffer.from(query)));

  assert.ok(written.length > 0);
});

const names = [...zone.names.entries()].map(([key]) => Buffer.from(`${key}\0`, "latin1"));
const label = fc.oneof(
  fc.constantFrom("web", "api", "x", "*", "e1", "shop", "test", "example", "dev", "_tcp", "_http"),
  fc.string({ minLength: 1, maxLength: 63 }),
);
const name = fc.oneof(
  fc.constantFrom(...names),
  fc
    .tuple(label, fc.constantFrom(...names))
    .map(([left, right]) => Buffer.concat([toOctets(left).subarray(0, -1), right])),
  fc.array(label, { maxLength: 5 }).map((labels) => toOctets(labels.join("."))),
);
const query = fc
  .record({
    name,
    id: fc.nat(0xffff),
    // Mostly queries: neither a reply nor of another opcode.
    flags: fc.oneof(
      { weight: 9, arbitrary: fc.nat(0xffff).map((flags) => flags & 0x07ff) },
      { weight: 1, arbitrary: fc.nat(0xffff) },
    ),
    type: fc.oneof(
      fc.constantFrom("A", "AAAA", "SOA", "NS", "PTR", "TXT", "SRV", "ANY", "OPT", "AXFR"),
      fc.nat(300).map(String),
    ),
    class: fc.constantFrom(1, 1, 1, 3, 255),
    edns: fc.option(
      fc.record({
        udpBytes: fc.nat(0xffff),
        version: fc.constantFrom(0, 0, 0, 1),
        flags: fc.nat(0xffff),
        data: fc.constantFrom(Buffer.alloc(0), cookie),
      }),
    ),
    trailing: fc.uint8Array({ maxLength: 4 }),
  })
  .map(({ edns, trailing, ...rest }) => {
    const counts: [number, number, number, number] = [1, 0, 0, edns === null ? 0 : 1];
    const octets = Buffer.concat([edns === null ? Buffer.alloc(0) : opt(edns), trailing]);
    return message(rest.name, { ...rest, counts, rest: octets });
  });
const mutation = fc.record({ at: fc.nat(300), octet: fc.nat(255) });

test("whatever is written is what the reference says, for queries of every kind", () => {
  let writtenCount = 0;

  fc.assert(
    fc.property(query, (packet) => {
      writtenCount += check(packet) ? 1 : 0;
    }),
    { numRuns: 3_000 },
  );

  assert.ok(writtenCount > 500, `${writtenCount} of 3,000`);
});

test("and for queries with octets changed or cut off", () => {
  fc.assert(
    fc.property(query, fc.array(mutation, { maxLength: 3 }), fc.option(fc.nat(300)), (packet, mutations, length) => {
      const mutated = Buffer.from(packet.subarray(0, length ?? packet.length));
      for (const { at, octet } of mutations) mutated[at % mutated.length] = octet;
      check(mutated);
    }),
    { numRuns: 3_000 },
  );
});
