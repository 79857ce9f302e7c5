import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../src/dns/answer.ts";
import { buildZone } from "../../src/dns/zone.ts";
import { crowdAddresses, environment, exampleZone, service } from "./example-zone.ts";
import { message, opt, readHeader, toOctets, toWords } from "./messages.ts";

const zone = exampleZone();
const longLabel = "a".repeat(63);
/** Four labels, 255 octets on the wire with ".e1.test": 63 + 63 + 63 + 53 and their lengths, and the root. */
const longestName = `${longLabel}.${longLabel}.${longLabel}.${"b".repeat(53)}.e1.test`;

interface HeaderCase {
  title: string;
  message: Buffer;
  rcode: number;
  flags: string;
  counts: number[];
  opcode?: number;
}

const headerCases: HeaderCase[] = [
  {
    title: "3: no question is FORMERR",
    message: toWords([1, 0x0100, 0, 0, 0, 0]),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "4: two questions are FORMERR",
    message: message("web.e1.test", { counts: [2, 0, 0, 0], rest: message("web.e1.test").subarray(12) }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "5: a question that is cut off is FORMERR",
    message: message("web.e1.test").subarray(0, -1),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "6: a name that points to itself is FORMERR",
    message: message(Buffer.from([0xc0, 0x0c])),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "6: a name that points forward is FORMERR",
    message: message(Buffer.from([0xc0, 0x20])),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "6: a name that points into the header is FORMERR",
    message: message(Buffer.from([0xc0, 0x00])),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "7: label type 01 is FORMERR",
    message: message(Buffer.from([0x41, 0x61, 0])),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "7: label type 10 is FORMERR",
    message: message(Buffer.from([0x81, 0x61, 0])),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "8: a name of 255 octets is looked up",
    message: message(longestName),
    rcode: 3,
    flags: "qr aa rd ra",
    counts: [1, 0, 1, 0],
  },
  {
    title: "8: a name of 256 octets is FORMERR",
    message: message(`c${longestName}`.replace(`c${longLabel}`, `c${"a".repeat(62)}`).replace("b.e1", "bb.e1")),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "9: a header that counts 65535 of everything is FORMERR",
    message: toWords([1, 0x0100, 65_535, 65_535, 65_535, 65_535]),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "9: records that are counted and missing are FORMERR",
    message: message("web.e1.test", { counts: [1, 65_535, 65_535, 65_535] }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "10: a query over 4096 octets is FORMERR",
    message: message("web.e1.test", { rest: Buffer.alloc(4096) }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [0, 0, 0, 0],
  },
  {
    title: "12: the Z bit is cleared",
    message: message("web.e1.test", { flags: 0x0140 }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 1, 0, 0],
  },
  {
    title: "13: AA, TC, RA and RCODE of a query are ignored",
    message: message("web.e1.test", { flags: 0x0783 }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 1, 0, 0],
  },
  {
    title: "14: AD is cleared",
    message: message("web.e1.test", { flags: 0x0120 }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 1, 0, 0],
  },
  {
    title: "15: CD is copied",
    message: message("web.e1.test", { flags: 0x0110 }),
    rcode: 0,
    flags: "qr aa rd ra cd",
    counts: [1, 1, 0, 0],
  },
  {
    title: "16: class CH is REFUSED",
    message: message("version.bind", { type: "TXT", class: 3 }),
    rcode: 5,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "16: class 1000 is REFUSED",
    message: message("web.e1.test", { class: 1000 }),
    rcode: 5,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "17: AXFR is REFUSED",
    message: message("test", { type: "AXFR" }),
    rcode: 5,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "17: QTYPE OPT is FORMERR",
    message: message("web.e1.test", { type: "OPT" }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "17: QTYPE 0 is NODATA",
    message: message("web.e1.test", { type: "TYPE0" }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 0, 1, 0],
  },
  {
    title: "17: QTYPE MAILB is NODATA",
    message: message("web.e1.test", { type: "TYPE253" }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 0, 1, 0],
  },
  {
    title: "17: a query-only type of a foreign name is REFUSED",
    message: message("example.com", { type: "TYPE253" }),
    rcode: 5,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "18: octets after the last record are ignored",
    message: message("web.e1.test", { rest: Buffer.from("rubbish") }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 1, 0, 0],
  },
  {
    title: "19: a query with an answer of its own is answered",
    message: message("web.e1.test", {
      counts: [1, 1, 0, 0],
      rest: Buffer.concat([toOctets("x.test"), toWords([1, 1, 0, 9, 2, 0xffff])]),
    }),
    rcode: 0,
    flags: "qr aa rd ra",
    counts: [1, 1, 0, 0],
  },
  {
    title: "57: without OPT there is no OPT in the reply",
    message: message("nope.e1.test"),
    rcode: 3,
    flags: "qr aa rd ra",
    counts: [1, 0, 1, 0],
  },
  {
    title: "58: OPT comes back with NXDOMAIN",
    message: message("nope.e1.test", { counts: [1, 0, 0, 1], rest: opt() }),
    rcode: 3,
    flags: "qr aa rd ra",
    counts: [1, 0, 1, 1],
  },
  {
    title: "58: OPT comes back with REFUSED",
    message: message("test", { type: "AXFR", counts: [1, 0, 0, 1], rest: opt() }),
    rcode: 5,
    flags: "qr rd ra",
    counts: [1, 0, 0, 1],
  },
  {
    title: "58: OPT comes back with NOTIMP",
    message: message("test", { flags: 0x2800, counts: [1, 0, 0, 1], rest: opt() }),
    rcode: 4,
    flags: "qr",
    counts: [1, 0, 0, 1],
    opcode: 5,
  },
  {
    title: "62: two OPTs are FORMERR",
    message: message("web.e1.test", { counts: [1, 0, 0, 2], rest: Buffer.concat([opt(), opt()]) }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "62: an OPT with an owner name is FORMERR",
    message: message("web.e1.test", { counts: [1, 0, 0, 1], rest: opt({ owner: toOctets("test") }) }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
  {
    title: "62: an option that runs out of its OPT is FORMERR",
    message: message("web.e1.test", { counts: [1, 0, 0, 1], rest: opt({ data: toWords([10, 9, 0]) }) }),
    rcode: 1,
    flags: "qr rd ra",
    counts: [1, 0, 0, 0],
  },
];

for (const { title, message: query, opcode = 0, ...expected } of headerCases) {
  test(title, () => {
    const result = answer(query, zone, "udp");

    assert.equal(result.kind, "reply");
    assert.deepEqual(result.kind === "reply" && readHeader(result.packet), {
      id: query.readUInt16BE(0),
      opcode,
      ...expected,
    });
  });
}

test("2: neither a message under 12 octets nor a reply is answered", () => {
  const short = answer(Buffer.alloc(11), zone, "udp");
  const reply = answer(message("web.e1.test", { flags: 0x8180 }), zone, "udp");

  assert.deepEqual([short, reply], [{ kind: "drop" }, { kind: "drop" }]);
});

for (const opcode of [1, 2, 3, 4, 5, 6, 15]) {
  test(`11: opcode ${opcode} is NOTIMP, with and without a question, and no other flag is set`, () => {
    const flags = (opcode << 11) | 0x07f0;
    const messages = [message("web.e1.test", { flags }), toWords([0x1234, flags, 0, 0, 0, 0])];

    const replies = messages.map((query) => answer(query, zone, "tcp"));

    assert.deepEqual(
      replies.map((reply) => reply.kind === "reply" && readHeader(reply.packet)),
      [1, 0].map((questions) => ({ id: 0x1234, opcode, rcode: 4, flags: "qr", counts: [questions, 0, 0, 0] })),
    );
  });
}

test("21: the question comes back octet for octet, whatever its case", () => {
  const query = message("WeB.e1.TeSt");

  const result = answer(query, zone, "udp");

  assert.ok(result.kind === "reply");
  assert.deepEqual(result.packet.subarray(12, query.length), query.subarray(12));
  assert.deepEqual(result.packet.subarray(-4), Buffer.from([10, 224, 1, 10]));
});

test("22: letters outside ASCII are not folded", () => {
  const name = (octet: number) => Buffer.concat([Buffer.from([1, octet]), toOctets("e1.test")]);

  const upper = answer(message(name(0xc0)), zone, "udp");

  assert.ok(upper.kind === "reply");
  assert.deepEqual(upper.packet.subarray(12, 22), name(0xc0).subarray(0, 10));
  assert.equal(readHeader(upper.packet).rcode, 3);
});

test("23: a dot inside a label is not a border between labels", () => {
  const query = message(Buffer.concat([Buffer.from("\x06web.e1\x04test\0", "latin1")]));

  const result = answer(query, zone, "udp");

  assert.ok(result.kind === "reply");
  assert.equal(readHeader(result.packet).rcode, 3);
  assert.deepEqual(result.packet.subarray(12, query.length), query.subarray(12));
});

for (const name of [
  "xtest",
  "foo.nottest",
  "test.example.com",
  "www.example.dev",
  "x.shop.example.dev",
  "wild.example.dev",
  "1.1.225.10.in-addr.arpa",
  ".",
]) {
  test(`24, 39, 55: ${name} is not ours`, () => {
    const result = answer(message(name), zone, "udp");

    assert.equal(result.kind, "forward");
  });
}

test("25: each of several addresses comes first for some ids", () => {
  const first = (id: number) => {
    const result = answer(message("api.e1.test", { id }), zone, "udp");
    assert.ok(result.kind === "reply");
    return result.packet.subarray(-48).subarray(12, 16).join(".");
  };

  const firsts = [0, 1, 2, 3].map(first);

  assert.deepEqual(firsts, ["10.224.1.11", "10.224.1.12", "10.224.1.13", "10.224.1.11"]);
});

test("59: an unknown EDNS version is BADVERS, with our version 0 and no answer", () => {
  const result = answer(message("web.e1.test", { counts: [1, 0, 0, 1], rest: opt({ version: 1 }) }), zone, "udp");

  assert.ok(result.kind === "reply");
  assert.deepEqual(readHeader(result.packet).counts, [1, 0, 0, 1]);
  assert.equal(readHeader(result.packet).rcode, 0);
  assert.deepEqual(result.packet.subarray(-11), Buffer.from([0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0]));
});

for (const { client, size } of [
  { client: null, size: 512 },
  { client: 0, size: 512 },
  { client: 511, size: 512 },
  { client: 1232, size: 1232 },
  { client: 65_508, size: 1232 },
]) {
  test(`63, 65: a client that ${client === null ? "has no EDNS" : `announces ${client}`} gets at most ${size} octets by UDP, else TC`, () => {
    const extra =
      client === null
        ? {}
        : { counts: [1, 0, 0, 1] as [number, number, number, number], rest: opt({ udpBytes: client }) };
    const query = message("crowd.e1.test", extra);

    const udp = answer(query, zone, "udp");
    const tcp = answer(query, zone, "tcp");

    assert.ok(udp.kind === "reply" && tcp.kind === "reply");
    assert.deepEqual(readHeader(udp.packet).counts, [1, 0, 0, client === null ? 0 : 1]);
    assert.equal(readHeader(udp.packet).flags, "qr aa tc rd ra");
    assert.equal(readHeader(tcp.packet).counts[1], 80);
  });
}

for (const { name, flags } of [
  { name: "fitted", flags: "qr aa rd ra" },
  { name: "toolong", flags: "qr aa tc rd ra" },
]) {
  test(`65: a reply of ${name === "fitted" ? "exactly" : "one octet over"} the limit has the flags ${flags}`, () => {
    // 12 of header, 16 of name, 4 of type and class, 30 records of 16: 512.
    const addresses = crowdAddresses.slice(0, 30);
    const environments = [environment("shop/e1", { [name]: service(addresses) })];
    const small = buildZone({ environments, suffix: "test", baseSubnet: "10.224.0.0/16", serial: 1 });

    const result = answer(message(`${name}.e1.test`), small, "udp");

    assert.ok(result.kind === "reply");
    assert.equal(readHeader(result.packet).flags, flags);
    assert.equal(result.packet.length, name === "fitted" ? 512 : 12 + 17 + 4);
  });
}
