import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { answer } from "../../src/dns/answer.ts";
import { createForwarder, type Forwarder } from "../../src/dns/forward.ts";
import type { Upstream } from "../../src/dns/upstreams.ts";
import type { ParsedQuery } from "../../src/dns/wire/query.ts";
import { exampleZone } from "./example-zone.ts";
import { questionOf, record, replyTo, type Script, startFakeUpstream } from "./fake-upstream.ts";
import { message, opt, readHeader, toWords } from "./messages.ts";

const zone = exampleZone();
const address = record(1, Buffer.from([192, 0, 2, 1]));
const withOpt = { counts: [1, 0, 0, 1] as [number, number, number, number], rest: opt({ udpBytes: 65_508 }) };

function parse(query: Buffer): ParsedQuery {
  const result = answer(query, zone, "udp");
  assert.ok(result.kind === "forward");
  return result.query;
}

function createTestForwarder(upstreams: Upstream[]): Forwarder & AsyncDisposable {
  const forwarder = createForwarder({ upstreams: () => upstreams, log: silentLogger });
  return { ...forwarder, [Symbol.asyncDispose]: () => forwarder.close() };
}

/** A port of 127.0.0.1 where nobody listens any more. */
async function closedUpstream(): Promise<Upstream> {
  const { upstream, ...fake } = await startFakeUpstream(() => []);
  await fake[Symbol.asyncDispose]();
  return upstream;
}

const answering: Script = ({ query }) => [replyTo(query, { counts: [1, 0, 0], records: [address] })];
const failing =
  (rcode: number): Script =>
  ({ query }) => [replyTo(query, { flags: 0x8180 | rcode })];

/** The code of the extended error in the OPT record at the end. */
function extendedErrorOf(reply: Buffer): number {
  const start = reply.lastIndexOf(Buffer.from([0, 0, 41, 4, 208]));
  return start === -1 || reply.readUInt16BE(start + 11) !== 15 ? -1 : reply.readUInt16BE(start + 15);
}

test("79: sections come back octet for octet, with the client's id and writing of the name", async () => {
  const unknown = record(65_280, Buffer.from("c00c00ff", "hex"));
  const authority = record(2, Buffer.from([0xc0, 0x0c]));
  await using fake = await startFakeUpstream(({ query }) => {
    const question = Buffer.from(questionOf(query).toString("latin1").toLowerCase(), "latin1");
    return [replyTo(query, { flags: 0x8580, counts: [1, 1, 1], records: [unknown, authority, address], question })];
  });
  await using forwarder = createTestForwarder([fake.upstream]);
  const query = message("WwW.ExAmPlE.com", { id: 0xbeef });

  const reply = await forwarder.forward(parse(query), "udp");

  assert.deepEqual(readHeader(reply), { id: 0xbeef, opcode: 0, rcode: 0, flags: "qr aa rd ra", counts: [1, 1, 1, 1] });
  assert.deepEqual(reply.subarray(12), Buffer.concat([query.subarray(12), unknown, authority, address]));
});

test("92: the upstream gets the question, RD and CD, an OPT of 1232 with DO, and no option of the client", async () => {
  await using fake = await startFakeUpstream(answering);
  await using forwarder = createTestForwarder([fake.upstream]);
  const cookie = opt({ udpBytes: 65_508, flags: 0x8000, data: toWords([10, 8, 1, 2, 3, 4]) });
  const query = message("Example.com", { flags: 0x0150, counts: [1, 0, 0, 1], rest: cookie });

  await forwarder.forward(parse(query), "udp");

  const sent = fake.received[0]?.query ?? Buffer.alloc(12);
  assert.deepEqual(readHeader(sent), {
    ...readHeader(sent),
    opcode: 0,
    rcode: 0,
    flags: "rd cd",
    counts: [1, 0, 0, 1],
  });
  assert.deepEqual(sent.subarray(12), Buffer.concat([questionOf(query), opt({ flags: 0x8000 })]));
});

for (const { title, rest, counts, expected } of [
  {
    title: "a client without EDNS gets no OPT",
    rest: undefined,
    counts: undefined,
    expected: { count: 0, opt: Buffer.alloc(0) },
  },
  {
    title: "a client with EDNS gets ours, with the upstream's extended error and no other option",
    ...withOpt,
    expected: { count: 1, opt: opt({ data: toWords([15, 2, 6]) }) },
  },
]) {
  test(`57, 58: ${title}`, async () => {
    const data = Buffer.concat([toWords([10, 8, 1, 2, 3, 4]), toWords([15, 2, 6])]);
    await using fake = await startFakeUpstream(({ query }) => [
      replyTo(query, { counts: [1, 0, 1], records: [address, opt({ udpBytes: 4096, data })] }),
    ]);
    await using forwarder = createTestForwarder([fake.upstream]);
    const query = message("example.com", rest === undefined ? {} : { rest, counts });

    const reply = await forwarder.forward(parse(query), "udp");

    assert.equal(readHeader(reply).counts[3], expected.count);
    assert.deepEqual(reply.subarray(12), Buffer.concat([questionOf(query), address, expected.opt]));
  });
}

test("80: ids and source ports differ from query to query", async () => {
  await using fake = await startFakeUpstream(answering);
  await using forwarder = createTestForwarder([fake.upstream]);

  for (let batch = 0; batch < 10; batch += 1) {
    await Promise.all(
      Array.from({ length: 40 }, () => forwarder.forward(parse(message("example.com", { id: 1 })), "udp")),
    );
  }

  const ids = new Set(fake.received.map(({ query }) => query.readUInt16BE(0)));
  const ports = new Set(fake.received.map(({ clientPort }) => clientPort));
  assert.equal(fake.received.length, 400);
  // 400 drawn from 65,536 and from some 28,000: all but a handful are distinct.
  assert.ok(ids.size > 380, `${ids.size} ids`);
  assert.ok(ports.size > 350, `${ports.size} ports`);
});

test("81: what is not the reply is waited past, however much of it comes", async () => {
  await using fake = await startFakeUpstream(({ query }) => {
    const wrongId = (query.readUInt16BE(0) + 1) & 0xffff;
    const forged = record(1, Buffer.from([6, 6, 6, 6]));
    const [otherType, otherName] = [Buffer.from(questionOf(query)), Buffer.from(questionOf(query))];
    otherType[otherType.length - 3] = 28;
    otherName[1] = 0x7a;
    const wrong = [
      ...Array.from({ length: 100 }, () => replyTo(query, { id: wrongId, counts: [1, 0, 0], records: [forged] })),
      replyTo(query, { flags: 0x0100, counts: [1, 0, 0], records: [forged] }),
      replyTo(query, { flags: 0xa980, counts: [1, 0, 0], records: [forged] }),
      replyTo(query, { question: otherType, counts: [1, 0, 0], records: [forged] }),
      replyTo(query, { question: otherName, counts: [1, 0, 0], records: [forged] }),
      toWords([query.readUInt16BE(0), 0x8183, 0, 0, 0, 0]),
      Buffer.alloc(3),
    ];
    return [...wrong, replyTo(query, { counts: [1, 0, 0], records: [address] })];
  });
  await using forwarder = createTestForwarder([fake.upstream]);

  const reply = await forwarder.forward(parse(message("example.com")), "udp");

  assert.deepEqual(reply.subarray(-4), Buffer.from([192, 0, 2, 1]));
  assert.equal(fake.received.length, 1);
});

test("83: a truncated reply is asked for again by TCP; a client by TCP gets all, one by UDP what fits", async () => {
  const records = Array.from({ length: 40 }, () => address);
  await using fake = await startFakeUpstream(({ query, transport }) =>
    transport === "udp" ? [replyTo(query, { flags: 0x8380 })] : [replyTo(query, { counts: [40, 0, 0], records })],
  );
  await using forwarder = createTestForwarder([fake.upstream]);

  const byTcp = await forwarder.forward(parse(message("example.com")), "tcp");
  const byUdp = await forwarder.forward(parse(message("example.com")), "udp");
  const byEdns = await forwarder.forward(parse(message("example.com", withOpt)), "udp");

  assert.deepEqual([readHeader(byTcp).flags, readHeader(byTcp).counts], ["qr rd ra", [1, 40, 0, 0]]);
  assert.deepEqual([readHeader(byUdp).flags, readHeader(byUdp).counts], ["qr tc rd ra", [1, 0, 0, 0]]);
  assert.deepEqual([readHeader(byEdns).flags, readHeader(byEdns).counts], ["qr rd ra", [1, 40, 0, 1]]);
});

for (const { title, reply } of [
  { title: "FORMERR", reply: ({ query }: { query: Buffer }) => replyTo(query, { flags: 0x8181 }) },
  {
    title: "a FORMERR of a header alone",
    reply: ({ query }: { query: Buffer }) => toWords([query.readUInt16BE(0), 0x8181, 0, 0, 0, 0]),
  },
  { title: "NOTIMP", reply: ({ query }: { query: Buffer }) => replyTo(query, { flags: 0x8184 }) },
]) {
  test(`84: an upstream that says ${title} to an OPT is asked once without`, async () => {
    await using fake = await startFakeUpstream((received) =>
      received.query.readUInt16BE(10) === 1 ? [reply(received)] : answering(received),
    );
    await using forwarder = createTestForwarder([fake.upstream]);

    const relayed = await forwarder.forward(parse(message("example.com", withOpt)), "udp");

    assert.deepEqual(readHeader(relayed).counts, [1, 1, 0, 1]);
    assert.equal(fake.received.length, 2);
  });
}

test("85: silence everywhere is SERVFAIL with an extended error within 3.5 s, after each was asked twice", async () => {
  await using one = await startFakeUpstream(() => []);
  await using two = await startFakeUpstream(() => []);
  await using forwarder = createTestForwarder([one.upstream, two.upstream]);
  const started = performance.now();

  const reply = await forwarder.forward(parse(message("example.com", withOpt)), "udp");

  const elapsedMs = performance.now() - started;
  assert.ok(elapsedMs > 3_000 && elapsedMs < 5_000, `${elapsedMs} ms`);
  assert.deepEqual(readHeader(reply), { id: 0x1234, opcode: 0, rcode: 2, flags: "qr rd ra", counts: [1, 0, 0, 1] });
  assert.equal(extendedErrorOf(reply), 23);
  assert.deepEqual([one.received.length, two.received.length], [2, 2]);
});

test("86: where nobody listens the next upstream is asked at once", async () => {
  const closed = await Promise.all(Array.from({ length: 7 }, closedUpstream));
  await using fake = await startFakeUpstream(answering);
  await using forwarder = createTestForwarder([...closed, fake.upstream]);
  const started = performance.now();

  const reply = await forwarder.forward(parse(message("example.com")), "udp");

  assert.equal(readHeader(reply).rcode, 0);
  // Seven turns of 400 ms would be 2,800.
  assert.ok(performance.now() - started < 2_000);
});

for (const rcode of [2, 5]) {
  test(`87: response code ${rcode} of one upstream makes the next be asked`, async () => {
    await using bad = await startFakeUpstream(failing(rcode));
    await using good = await startFakeUpstream(answering);
    await using forwarder = createTestForwarder([bad.upstream, good.upstream]);

    const reply = await forwarder.forward(parse(message("example.com")), "udp");

    assert.equal(readHeader(reply).rcode, 0);
    assert.deepEqual(reply.subarray(-4), Buffer.from([192, 0, 2, 1]));
  });

  test(`87: response code ${rcode} of all upstreams is SERVFAIL at once`, async () => {
    await using one = await startFakeUpstream(failing(rcode));
    await using two = await startFakeUpstream(failing(rcode));
    await using forwarder = createTestForwarder([one.upstream, two.upstream]);

    const reply = await forwarder.forward(parse(message("example.com", withOpt)), "udp");

    assert.equal(readHeader(reply).rcode, 2);
    assert.equal(readHeader(reply).counts[3], 1);
    assert.deepEqual([one.received.length, two.received.length], [1, 1]);
  });
}

test("87: a slow upstream still wins after the next was asked as well", async () => {
  await using slow = await startFakeUpstream(() => []);
  const waiting: Buffer[] = [];
  await using silent = await startFakeUpstream(({ query }) => {
    waiting.push(query);
    return [];
  });
  await using late = await startFakeUpstream(answering);
  await using forwarder = createTestForwarder([slow.upstream, silent.upstream, late.upstream]);

  const reply = await forwarder.forward(parse(message("example.com")), "udp");

  assert.equal(readHeader(reply).rcode, 0);
  assert.deepEqual([slow.received.length, waiting.length, late.received.length], [1, 1, 1]);
});

test("NXDOMAIN is an answer: it is relayed and nobody else is asked", async () => {
  await using fake = await startFakeUpstream(failing(3));
  await using other = await startFakeUpstream(answering);
  await using forwarder = createTestForwarder([fake.upstream, other.upstream]);

  const reply = await forwarder.forward(parse(message("nope.example.com")), "udp");

  assert.equal(readHeader(reply).rcode, 3);
  assert.equal(other.received.length, 0);
});

test("93: AD is handed on from a loopback upstream", async () => {
  await using fake = await startFakeUpstream(({ query }) => [replyTo(query, { flags: 0x81a0 })]);
  await using forwarder = createTestForwarder([fake.upstream]);

  const reply = await forwarder.forward(parse(message("example.com")), "udp");

  assert.equal(readHeader(reply).flags, "qr rd ra ad");
});

test("94: beyond 1,000 in flight a query is SERVFAIL at once, and closing ends the others", async () => {
  await using fake = await startFakeUpstream(() => []);
  await using forwarder = createTestForwarder([fake.upstream]);
  const waiting = Array.from({ length: 1_000 }, () => forwarder.forward(parse(message("example.com")), "udp"));

  const started = performance.now();
  const refused = await forwarder.forward(parse(message("example.com")), "udp");
  const refusedAfterMs = performance.now() - started;
  await forwarder.close();
  const others = await Promise.all(waiting);

  assert.equal(readHeader(refused).rcode, 2);
  assert.ok(refusedAfterMs < 1_500, `${refusedAfterMs} ms`);
  assert.deepEqual([...new Set(others.map((reply) => readHeader(reply).rcode))], [2]);
});

test("95: without an upstream a query is SERVFAIL with extended error 14", async () => {
  await using forwarder = createTestForwarder([]);

  const reply = await forwarder.forward(parse(message("example.com", withOpt)), "udp");

  assert.deepEqual([readHeader(reply).rcode, extendedErrorOf(reply)], [2, 14]);
});

for (const { title, garble } of [
  { title: "counts records it does not have", garble: (reply: Buffer) => reply.fill(0xff, 6, 8) },
  { title: "is cut off", garble: (reply: Buffer) => reply.subarray(0, -2) },
]) {
  test(`a reply that ${title} is no answer, and the next upstream is asked`, async () => {
    await using bad = await startFakeUpstream((received) => answering(received).map((reply) => garble(reply)));
    await using good = await startFakeUpstream(answering);
    await using forwarder = createTestForwarder([bad.upstream, good.upstream]);

    const reply = await forwarder.forward(parse(message("example.com")), "udp");

    assert.deepEqual(reply.subarray(-4), Buffer.from([192, 0, 2, 1]));
    assert.equal(good.received.length, 1);
  });
}

test("upstreams that throw are SERVFAIL, not an exception", async () => {
  const forwarder = createForwarder({
    upstreams: () => {
      throw new Error("no list");
    },
    log: silentLogger,
  });

  const reply = await forwarder.forward(parse(message("example.com")), "udp");

  assert.equal(readHeader(reply).rcode, 2);
});
