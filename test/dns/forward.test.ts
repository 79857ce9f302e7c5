import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { noUpstreams } from "../../src/dns/upstreams/upstream-table.ts";
import { toNameKey } from "../../src/dns/wire/name.ts";
import {
  answering,
  closedUpstream,
  denying,
  exampleAddress,
  questionOf,
  record,
  replyTo,
  type Script,
  saying,
  silent,
  startFakeUpstream,
} from "./fake-upstream.ts";
import { createTestForwarder, extendedErrorOf, firstTtlOf, tableOf, toQuery } from "./forward/test-forwarder.ts";
import { message, opt, readHeader, toWords } from "./messages.ts";

const address = record(1, exampleAddress);
const withOpt = { counts: [1, 0, 0, 1] as [number, number, number, number], rest: opt({ udpBytes: 65_508 }) };

test("79: sections come back octet for octet, with the client's id and writing of the name", async () => {
  const unknown = record(65_280, Buffer.from("c00c00ff", "hex"));
  const authority = record(2, Buffer.from([0xc0, 0x0c]));
  await using fake = await startFakeUpstream(({ query }) => {
    const question = Buffer.from(questionOf(query).toString("latin1").toLowerCase(), "latin1");
    return [replyTo(query, { flags: 0x8580, counts: [1, 1, 1], records: [unknown, authority, address], question })];
  });
  await using forwarder = createTestForwarder([fake.upstream]);
  const query = message("WwW.ExAmPlE.com", { id: 0xbeef });

  const { packet, ...rest } = await forwarder.ask(query);

  assert.deepEqual(readHeader(packet), { id: 0xbeef, opcode: 0, rcode: 0, flags: "qr aa rd ra", counts: [1, 1, 1, 1] });
  assert.deepEqual(packet.subarray(12), Buffer.concat([query.subarray(12), unknown, authority, address]));
  assert.deepEqual(
    { ...rest, asked: rest.asked.map(({ elapsedMs, ...asked }) => asked) },
    {
      source: "upstream",
      server: fake.upstream,
      asked: [{ server: fake.upstream, transport: "udp", outcome: "answered" }],
    },
  );
});

test("92: the upstream gets the question, CD, AD, an OPT of 1232 with DO, and no option of the client", async () => {
  await using fake = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder([fake.upstream]);
  const cookie = opt({ udpBytes: 65_508, flags: 0x8000, data: toWords([10, 8, 1, 2, 3, 4]) });
  const query = message("Example.com", { flags: 0x0150, counts: [1, 0, 0, 1], rest: cookie });

  await forwarder.ask(query);

  const sent = fake.received[0]?.query ?? Buffer.alloc(12);
  assert.deepEqual(readHeader(sent), {
    ...readHeader(sent),
    opcode: 0,
    rcode: 0,
    flags: "rd ad cd",
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
  test(`57, 58: ${title}, the first time and from the cache`, async () => {
    const data = Buffer.concat([toWords([10, 8, 1, 2, 3, 4]), toWords([15, 2, 6])]);
    await using fake = await startFakeUpstream(({ query }) => [
      replyTo(query, { counts: [1, 0, 1], records: [address, opt({ udpBytes: 4096, data })] }),
    ]);
    await using forwarder = createTestForwarder([fake.upstream]);
    const query = message("example.com", rest === undefined ? {} : { rest, counts });

    const replies = [await forwarder.ask(query), forwarder.recall(query)];

    for (const { packet } of replies) {
      assert.equal(readHeader(packet).counts[3], expected.count);
      assert.deepEqual(packet.subarray(12), Buffer.concat([questionOf(query), address, expected.opt]));
    }
  });
}

test("81: what is not the reply is waited past", async () => {
  await using fake = await startFakeUpstream(({ query }) => {
    const wrongId = (query.readUInt16BE(0) + 1) & 0xffff;
    const forged = record(1, Buffer.from([6, 6, 6, 6]));
    const [otherType, otherName] = [Buffer.from(questionOf(query)), Buffer.from(questionOf(query))];
    otherType[otherType.length - 3] = 28;
    otherName[1] = 0x7a;
    const wrong = [
      replyTo(query, { id: wrongId, counts: [1, 0, 0], records: [forged] }),
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

  const { packet } = await forwarder.ask(message("example.com"));

  assert.deepEqual(packet.subarray(-4), exampleAddress);
  assert.equal(fake.received.length, 1);
});

test("81: a flood of forged replies makes the question be asked by TCP, from a socket that nobody guesses at", async () => {
  const forged = record(1, Buffer.from([6, 6, 6, 6]));
  await using fake = await startFakeUpstream(({ query, transport }) => {
    const flood = Array.from({ length: 1_000 }, (_, index) =>
      replyTo(query, { id: (query.readUInt16BE(0) + 1 + index) & 0xffff, counts: [1, 0, 0], records: [forged] }),
    );
    const truth = replyTo(query, { counts: [1, 0, 0], records: [address] });
    return transport === "udp" ? [...flood, truth] : [truth];
  });
  await using forwarder = createTestForwarder([fake.upstream]);

  const { packet, asked } = await forwarder.ask(message("example.com"));

  assert.deepEqual(packet.subarray(-4), exampleAddress);
  assert.deepEqual(
    asked.map(({ transport, outcome }) => `${transport}: ${outcome}`),
    ["udp: too many forged replies", "tcp: answered"],
  );
});

test("82: identical queries in flight are one, and each client gets its own id, case, OPT, RD and AD", async () => {
  const { promise: mayAnswer, resolve: allowAnswer } = Promise.withResolvers<void>();
  await using fake = await startFakeUpstream(async ({ query }) => {
    await mayAnswer;
    return [replyTo(query, { flags: 0x81a0, counts: [1, 0, 0], records: [address] })];
  });
  await using forwarder = createTestForwarder([fake.upstream]);
  const queries = Array.from({ length: 100 }, (_, id) =>
    message(id % 2 === 0 ? "example.com" : "eXaMpLe.com", {
      id,
      flags: id % 5 === 0 ? 0x0120 : 0x0100,
      ...(id % 3 === 0 ? withOpt : {}),
    }),
  );

  const waiting = Promise.all(queries.map((query) => forwarder.ask(query)));
  await waitFor(() => (fake.received.length > 0 ? true : null), { timeoutMs: 5_000 });
  const during = forwarder.status();
  allowAnswer();
  const replies = await waiting;

  assert.equal(fake.received.length, 1);
  assert.deepEqual([during.inFlight, during.coalesced], [100, 99]);
  assert.equal(forwarder.status().inFlight, 0);
  for (const [id, { packet }] of replies.entries()) {
    const expected = [id, id % 5 === 0 ? "qr rd ra ad" : "qr rd ra", [1, 1, 0, id % 3 === 0 ? 1 : 0]];
    const { id: got, flags, counts } = readHeader(packet);
    assert.deepEqual([got, flags, counts], expected);
    assert.deepEqual(questionOf(packet), questionOf(queries[id] ?? Buffer.alloc(0)));
  }
});

test("82, 89: another DO or CD bit is another question", async () => {
  await using fake = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder([fake.upstream]);
  const queries = [0, 0x8000].flatMap((flags) =>
    [0x0100, 0x0110].map((header) =>
      message("example.com", { flags: header, counts: [1, 0, 0, 1], rest: opt({ flags }) }),
    ),
  );

  for (const query of queries) await forwarder.ask(query);
  for (const query of queries) forwarder.recall(query);

  assert.equal(fake.received.length, 4);
});

test("83: a truncated reply is asked for again by TCP; a client by TCP gets all, one by UDP what fits", async () => {
  const records = Array.from({ length: 40 }, () => address);
  await using fake = await startFakeUpstream(({ query, transport }) =>
    transport === "udp" ? [replyTo(query, { flags: 0x8380 })] : [replyTo(query, { counts: [40, 0, 0], records })],
  );
  await using forwarder = createTestForwarder([fake.upstream]);

  const byTcp = await forwarder.ask(message("example.com"), "tcp");
  const byUdp = forwarder.recall(message("example.com"));
  const byEdns = forwarder.recall(message("example.com", withOpt));

  assert.deepEqual([readHeader(byTcp.packet).flags, readHeader(byTcp.packet).counts], ["qr rd ra", [1, 40, 0, 0]]);
  assert.deepEqual([readHeader(byUdp.packet).flags, readHeader(byUdp.packet).counts], ["qr tc rd ra", [1, 0, 0, 0]]);
  assert.deepEqual([readHeader(byEdns.packet).flags, readHeader(byEdns.packet).counts], ["qr rd ra", [1, 40, 0, 1]]);
  assert.equal(byUdp.packet.length, 12 + 17);
});

for (const { title, reply } of [
  { title: "FORMERR", reply: (query: Buffer) => replyTo(query, { flags: 0x8181 }) },
  {
    title: "a FORMERR of a header alone",
    reply: (query: Buffer) => toWords([query.readUInt16BE(0), 0x8181, 0, 0, 0, 0]),
  },
  { title: "NOTIMP", reply: (query: Buffer) => replyTo(query, { flags: 0x8184 }) },
  {
    title: "BADVERS",
    reply: (query: Buffer) => replyTo(query, { counts: [0, 0, 1], records: [opt({ version: 0x0100 })] }),
  },
]) {
  test(`84: an upstream that says ${title} to an OPT is asked once without`, async () => {
    await using fake = await startFakeUpstream((received) =>
      received.query.readUInt16BE(10) === 1 ? [reply(received.query)] : answering()(received),
    );
    await using forwarder = createTestForwarder([fake.upstream]);

    const { packet } = await forwarder.ask(message("example.com", withOpt));

    assert.deepEqual(readHeader(packet).counts, [1, 1, 0, 1]);
    assert.equal(fake.received.length, 2);
  });
}

test("83: what is truncated even by TCP is no answer: the next upstream is asked", async () => {
  await using cut = await startFakeUpstream(({ query }) => [
    replyTo(query, { flags: 0x8380, counts: [1, 0, 0], records: [record(1, exampleAddress)] }),
  ]);
  await using whole = await startFakeUpstream(answering(300));
  await using alone = createTestForwarder([cut.upstream]);
  await using both = createTestForwarder([cut.upstream, whole.upstream]);

  const failed = await alone.ask(message("example.com"), "tcp");
  const answered = await both.ask(message("example.com"), "tcp");

  assert.equal(readHeader(failed.packet).rcode, 2);
  assert.deepEqual(answered.server, whole.upstream);
  assert.deepEqual(readHeader(answered.packet).flags, "qr rd ra");
});

test("85: silence everywhere is SERVFAIL within 3.5 s, after UDP twice and TCP once with each server", async () => {
  await using one = await startFakeUpstream(silent);
  await using two = await startFakeUpstream(silent);
  await using forwarder = createTestForwarder([one.upstream, two.upstream]);
  const started = performance.now();

  const { packet, source, asked } = await forwarder.ask(message("example.com", withOpt));

  const elapsedMs = performance.now() - started;
  assert.ok(elapsedMs > 3_000 && elapsedMs < 4_500, `${elapsedMs} ms`);
  assert.deepEqual(readHeader(packet), { id: 0x1234, opcode: 0, rcode: 2, flags: "qr rd ra", counts: [1, 0, 0, 1] });
  assert.deepEqual([source, extendedErrorOf(packet)], ["server", 23]);
  const [first, second] = [one.upstream, two.upstream].map(({ port }) =>
    asked.filter(({ server }) => server.port === port).map(({ transport }) => transport),
  );
  assert.deepEqual(
    [first, second],
    [
      ["udp", "udp", "tcp"],
      ["udp", "udp", "tcp"],
    ],
  );
  assert.ok(asked.every(({ outcome }) => /^no answer in \d+ ms$/.test(outcome)));
});

test("85: an upstream that only TCP reaches answers after 2 s", async () => {
  await using fake = await startFakeUpstream((received) => (received.transport === "udp" ? [] : answering()(received)));
  await using forwarder = createTestForwarder([fake.upstream]);

  const { packet } = await forwarder.ask(message("example.com"));

  assert.deepEqual(packet.subarray(-4), exampleAddress);
  assert.deepEqual(
    fake.received.map(({ transport }) => transport),
    ["udp", "udp", "tcp"],
  );
});

test("86: where nobody listens the next upstream is asked at once", async () => {
  const closed = await Promise.all(Array.from({ length: 7 }, closedUpstream));
  await using fake = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder([...closed, fake.upstream]);
  const started = performance.now();

  const { packet, asked } = await forwarder.ask(message("example.com"));

  assert.equal(readHeader(packet).rcode, 0);
  // Seven hedges would take 1,400 ms.
  assert.ok(performance.now() - started < 1_000);
  assert.deepEqual(
    asked.map(({ outcome }) => outcome),
    [...closed.map(() => "connection refused"), "answered"],
  );
});

for (const rcode of [2, 5]) {
  test(`87: response code ${rcode} of one upstream makes the next be asked`, async () => {
    await using bad = await startFakeUpstream(saying(rcode));
    await using good = await startFakeUpstream(answering());
    await using forwarder = createTestForwarder([bad.upstream, good.upstream]);

    const { packet } = await forwarder.ask(message("example.com"));

    assert.equal(readHeader(packet).rcode, 0);
    assert.deepEqual(packet.subarray(-4), exampleAddress);
  });

  test(`87: response code ${rcode} of all upstreams is SERVFAIL at once, with an extended error`, async () => {
    await using one = await startFakeUpstream(saying(rcode));
    await using two = await startFakeUpstream(saying(rcode));
    await using forwarder = createTestForwarder([one.upstream, two.upstream]);

    const { packet } = await forwarder.ask(message("example.com", withOpt));

    assert.deepEqual([readHeader(packet).rcode, extendedErrorOf(packet)], [2, 22]);
    assert.deepEqual([one.received.length, two.received.length], [1, 1]);
    const failures = forwarder.status().upstreams.map((server) => server.failures);
    assert.deepEqual(failures, [0, 0], "the name is at fault, no server");
  });
}

test("87: what an upstream says of its SERVFAIL is handed on", async () => {
  const bogus = opt({ data: toWords([15, 2, 6]) });
  await using fake = await startFakeUpstream(({ query }) => [
    replyTo(query, { flags: 0x8182, counts: [0, 0, 1], records: [bogus] }),
  ]);
  await using forwarder = createTestForwarder([fake.upstream]);

  const { packet } = await forwarder.ask(message("example.com", withOpt));

  assert.deepEqual([readHeader(packet).rcode, extendedErrorOf(packet)], [2, 6]);
});

test("a silent upstream is waited for while others are asked as well, and its answer wins when it is first", async () => {
  const { promise: othersAsked, resolve } = Promise.withResolvers<void>();
  await using slow = await startFakeUpstream(async (received) => {
    await othersAsked;
    return answering()(received);
  });
  await using second = await startFakeUpstream(silent);
  await using third = await startFakeUpstream(() => {
    resolve();
    return [];
  });
  await using forwarder = createTestForwarder([slow.upstream, second.upstream, third.upstream]);

  const { server } = await forwarder.ask(message("example.com"));

  assert.deepEqual(server, slow.upstream);
  assert.deepEqual([slow.received.length, second.received.length, third.received.length], [1, 1, 1]);
  const failures = forwarder.status().upstreams.map((upstream) => upstream.failures);
  assert.deepEqual(failures, [0, 1, 0], "the second had its time, the third had not");
});

test("an upstream that was silent costs one question its time, not the next, and its silence is counted", async () => {
  await using first = await startFakeUpstream(silent);
  await using second = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder([first.upstream, second.upstream]);

  await forwarder.ask(message("one.example.com"));
  const { asked } = await forwarder.ask(message("two.example.com"));

  assert.deepEqual(
    asked.map(({ server }) => server),
    [second.upstream],
  );
  const { state, queries, failures, lastFailure } = forwarder.status().upstreams[0] ?? {};
  assert.deepEqual({ state, queries, failures }, { state: "failing", queries: 1, failures: 1 });
  assert.match(lastFailure ?? "", /^no answer in \d+ ms$/);
});

test("an answer ends a row of failures: an upstream backs off after three without one", async () => {
  const isGood = [false, false, true, false, false, false];
  await using fake = await startFakeUpstream((received) =>
    isGood.shift() === true ? answering()(received) : [replyTo(received.query, { counts: [1, 0, 0] })],
  );
  await using forwarder = createTestForwarder([fake.upstream]);

  const states: (string | undefined)[] = [];
  for (let index = 0; index < 6; index += 1) {
    await forwarder.ask(message(`n${index}.example.com`));
    states.push(forwarder.status().upstreams[0]?.state);
  }

  assert.deepEqual(states, ["failing", "failing", "good", "failing", "failing", "backing-off"]);
});

test("how quickly an upstream refuses says nothing of how quickly it answers", async () => {
  await using fake = await startFakeUpstream(saying(5));
  await using forwarder = createTestForwarder([fake.upstream]);

  await forwarder.ask(message("example.com"));

  assert.equal(forwarder.status().upstreams[0]?.rttMs, null);
});

test("88: NXDOMAIN is an answer: it is relayed and nobody else is asked", async () => {
  await using fake = await startFakeUpstream(saying(3));
  await using other = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder([fake.upstream, other.upstream]);

  const { packet } = await forwarder.ask(message("nope.example.com"));

  assert.equal(readHeader(packet).rcode, 3);
  assert.equal(other.received.length, 0);
});

for (const { title, script, lifetimeSeconds } of [
  {
    title: "NXDOMAIN for the SOA record's TTL",
    script: denying(3, { ttlSeconds: 20, minimumSeconds: 60 }),
    lifetimeSeconds: 20,
  },
  { title: "NODATA for MINIMUM", script: denying(0, { ttlSeconds: 60, minimumSeconds: 30 }), lifetimeSeconds: 30 },
  {
    title: "NXDOMAIN for 300 s at most",
    script: denying(3, { ttlSeconds: 3600, minimumSeconds: 3600 }),
    lifetimeSeconds: 300,
  },
  { title: "an answer for its TTL", script: answering(20), lifetimeSeconds: 20 },
  { title: "an answer for an hour at most", script: answering(86_400), lifetimeSeconds: 3600 },
]) {
  test(`88, 89: the cache keeps ${title}`, async () => {
    await using fake = await startFakeUpstream(script);
    await using forwarder = createTestForwarder([fake.upstream]);
    const query = message("example.com");
    const fresh = await forwarder.ask(query);

    forwarder.clock.advance((lifetimeSeconds - 1) * 1_000);
    const cached = forwarder.recall(query);
    forwarder.clock.advance(1_000);
    await forwarder.ask(query);

    assert.equal(fake.received.length, 2);
    assert.equal(cached.source, "cache");
    assert.ok(firstTtlOf(cached.packet) <= firstTtlOf(fresh.packet) - lifetimeSeconds + 1);
  });
}

for (const { title, script } of [
  { title: "NXDOMAIN without SOA record", script: saying(3) },
  { title: "NODATA without SOA record", script: saying(0) },
  { title: "an answer of TTL 0", script: answering(0) },
]) {
  test(`88, 89: the cache does not keep ${title}`, async () => {
    await using fake = await startFakeUpstream(script);
    await using forwarder = createTestForwarder([fake.upstream]);

    await forwarder.ask(message("example.com"));
    const kept = forwarder.status().cache.entries;

    assert.equal(kept, 0);
  });
}

test("89: a cached answer's TTLs are lower by its age, AA is 0, and the OPT is untouched", async () => {
  await using fake = await startFakeUpstream(({ query }) => [
    replyTo(query, {
      flags: 0x8580,
      counts: [2, 0, 2],
      records: [record(1, exampleAddress, 300), record(1, exampleAddress, 77), record(1, exampleAddress, 60), opt()],
    }),
  ]);
  await using forwarder = createTestForwarder([fake.upstream]);
  await forwarder.ask(message("example.com", { ...withOpt, id: 1 }));

  forwarder.clock.advance(12_345);
  const { packet, asked } = forwarder.recall(message("EXAMPLE.com", { ...withOpt, id: 2 }));

  const records = [288, 65, 48].map((ttl) => record(1, exampleAddress, ttl));
  assert.deepEqual(readHeader(packet), { id: 2, opcode: 0, rcode: 0, flags: "qr rd ra", counts: [1, 2, 0, 2] });
  assert.deepEqual(packet.subarray(12), Buffer.concat([questionOf(message("EXAMPLE.com")), ...records, opt()]));
  assert.deepEqual(asked, []);
  const { hits, misses, entries } = forwarder.status().cache;
  assert.deepEqual({ hits, misses, entries }, { hits: 1, misses: 1, entries: 1 });
});

test("90: a failure is kept for one second", async () => {
  await using fake = await startFakeUpstream(saying(2));
  await using forwarder = createTestForwarder([fake.upstream]);
  const query = message("example.com", withOpt);
  await forwarder.ask(query);

  forwarder.clock.advance(999);
  const kept = forwarder.recall(query);
  forwarder.clock.advance(1);
  await forwarder.ask(query);

  assert.deepEqual([readHeader(kept.packet).rcode, extendedErrorOf(kept.packet)], [2, 22]);
  assert.equal(fake.received.length, 2);
});

test("91: when all upstreams fail a stale answer is given, with TTL 30 and extended error 3", async () => {
  let script: Script = answering(10);
  await using fake = await startFakeUpstream((received) => script(received));
  await using forwarder = createTestForwarder([fake.upstream]);
  await forwarder.ask(message("example.com", withOpt));
  script = saying(2);

  forwarder.clock.advance(11_000);
  const failed = await forwarder.ask(message("example.com", withOpt));
  const recheck = forwarder.recall(message("example.com"));
  forwarder.clock.advance(5_000);
  const later = await forwarder.ask(message("example.com"));

  assert.deepEqual(
    [failed, recheck, later].map(({ source, packet }) => [source, readHeader(packet).rcode, firstTtlOf(packet)]),
    Array.from({ length: 3 }, () => ["stale", 0, 30]),
  );
  assert.equal(extendedErrorOf(failed.packet), 3);
  assert.equal(recheck.packet.length, 12 + 17 + address.length);
  assert.equal(fake.received.length, 3);
  assert.equal(forwarder.status().cache.stale, 3);
});

test("91: a stale answer is not given after a day", async () => {
  let script: Script = answering(10);
  await using fake = await startFakeUpstream((received) => script(received));
  await using forwarder = createTestForwarder([fake.upstream]);
  await forwarder.ask(message("example.com"));
  script = saying(2);

  forwarder.clock.advance((10 + 24 * 60 * 60) * 1_000);
  const { packet } = await forwarder.ask(message("example.com"));

  assert.equal(readHeader(packet).rcode, 2);
});

test("91: neither a name's absence nor a failure is given when it is stale", async () => {
  let script: Script = denying(3, { ttlSeconds: 10, minimumSeconds: 10 });
  await using fake = await startFakeUpstream((received) => script(received));
  await using forwarder = createTestForwarder([fake.upstream]);
  await forwarder.ask(message("example.com"));
  script = saying(2);

  forwarder.clock.advance(11_000);
  const first = await forwarder.ask(message("example.com"));
  script = answering();
  forwarder.clock.advance(1_000);
  const second = await forwarder.ask(message("example.com"));

  assert.deepEqual(
    [first, second].map(({ packet, source }) => [source, readHeader(packet).rcode]),
    [
      ["server", 2],
      ["upstream", 0],
    ],
  );
});

test("91: silence makes clients get the stale answer after 1.8 s while one refresh goes on", async () => {
  let script: Script = answering(10);
  await using fake = await startFakeUpstream((received) => script(received));
  await using forwarder = createTestForwarder([fake.upstream]);
  const query = message("example.com");
  await forwarder.ask(query);
  const { promise: mayAnswer, resolve: allowAnswer } = Promise.withResolvers<void>();
  script = async (received) => {
    if (received.transport === "udp") return [];
    await mayAnswer;
    return answering(10)(received);
  };

  forwarder.clock.advance(11_000);
  const started = performance.now();
  const stale = await Promise.all([forwarder.ask(query), forwarder.ask(query)]);
  const elapsedMs = performance.now() - started;
  allowAnswer();
  const refreshed = await waitFor(
    () => {
      const forwarded = forwarder.forward(toQuery(query), "udp");
      return forwarded instanceof Promise ? null : forwarded;
    },
    { timeoutMs: 3_000 },
  );

  assert.deepEqual(
    stale.map(({ source }) => source),
    ["stale", "stale"],
  );
  assert.ok(elapsedMs > 1_700 && elapsedMs < 3_000, `${elapsedMs} ms`);
  assert.equal(refreshed?.source, "cache");
  assert.equal(fake.received.length, 1 + 3);
});

test("94: beyond 1,000 in flight a query is SERVFAIL at once and one warning says why; closing ends the others", async () => {
  await using fake = await startFakeUpstream(silent);
  const warnings: Record<string, unknown>[] = [];
  const log = { ...silentLogger, warn: (fields: Record<string, unknown>) => void warnings.push(fields) };
  await using forwarder = createTestForwarder([fake.upstream], { log });
  const waiting = Array.from({ length: 1_000 }, (_, index) => forwarder.ask(message(`n${index}.example.com`)));

  const refused = forwarder.recall(message("example.com", withOpt));
  forwarder.recall(message("example.org"));
  await forwarder.close();
  const others = await Promise.all(waiting);

  assert.deepEqual([refused.source, readHeader(refused.packet).rcode], ["server", 2]);
  assert.equal(extendedErrorOf(refused.packet), 14);
  assert.deepEqual([...new Set(others.map(({ packet }) => readHeader(packet).rcode))], [2]);
  assert.deepEqual(
    warnings.map(({ inFlight }) => inFlight),
    [1_000],
  );
});

test("94: 384 sockets to one upstream are open at a time, and what waits for one is asked when there is room", async () => {
  const { promise: mayAnswer, resolve: allowAnswer } = Promise.withResolvers<void>();
  await using fake = await startFakeUpstream(async (received) => {
    await mayAnswer;
    return answering()(received);
  });
  await using forwarder = createTestForwarder([fake.upstream]);

  const waiting = Array.from({ length: 600 }, (_, index) => forwarder.ask(message(`n${index}.example.com`)));
  await waitFor(() => (fake.received.length >= 384 ? true : null), { timeoutMs: 5_000, intervalMs: 5 });
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  const atOnce = fake.received.length;
  allowAnswer();
  const replies = await Promise.all(waiting);

  assert.equal(atOnce, 384);
  assert.deepEqual([...new Set(replies.map(({ packet }) => readHeader(packet).rcode))], [0]);
});

test("98: a domain whose server is dead does not hold up names of others", async () => {
  await using dead = await startFakeUpstream(silent);
  await using good = await startFakeUpstream(answering());
  const routes = new Map([[toNameKey("corp.example") ?? "", [dead.upstream]]]);
  await using forwarder = createTestForwarder(() => ({ servers: [good.upstream], routes }));
  const waiting = Array.from({ length: 600 }, (_, index) => forwarder.ask(message(`n${index}.corp.example`)));
  await waitFor(() => (dead.received.length >= 384 ? true : null), { timeoutMs: 3_000, intervalMs: 5 });
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();

  const { packet, asked } = await forwarder.ask(message("example.com"));

  assert.equal(readHeader(packet).rcode, 0);
  assert.equal(asked.length, 1);
  assert.equal(forwarder.status().inFlight, 600, "it waited until they gave up");
  await forwarder.close();
  await Promise.all(waiting);
});

test("whoever keeps the upstreams is told of each question that none of them answered, and of no other", async () => {
  await using fake = await startFakeUpstream((received) => {
    const isAnswered = questionOf(received.query).includes("good");
    return (isAnswered ? answering() : saying(received.query.includes("nope") ? 3 : 5))(received);
  });
  let failures = 0;
  const onFailure = () => {
    failures += 1;
  };
  await using forwarder = createTestForwarder([fake.upstream], { onFailure });
  await using withoutServers = createTestForwarder([], { onFailure });
  const failuresAfter = async (asking: Promise<unknown>) => {
    await asking;
    return failures;
  };

  const good = await failuresAfter(forwarder.ask(message("good.example.com")));
  const absent = await failuresAfter(forwarder.ask(message("nope.example.com")));
  const refused = await failuresAfter(Promise.all([1, 2].map(() => forwarder.ask(message("bad.example.com")))));
  const fromCache = await failuresAfter(forwarder.ask(message("bad.example.com")));
  const noServer = await failuresAfter(withoutServers.ask(message("example.com")));

  assert.deepEqual(
    { good, absent, refused, fromCache, noServer },
    { good: 0, absent: 0, refused: 1, fromCache: 1, noServer: 2 },
  );
});

test("closing is no failure of the upstreams", async () => {
  await using fake = await startFakeUpstream(silent);
  await using forwarder = createTestForwarder([fake.upstream], { onFailure: () => assert.fail("it was told") });

  const waiting = forwarder.ask(message("example.com"));
  await forwarder.close();

  assert.equal(readHeader((await waiting).packet).rcode, 2);
});

test("95: without an upstream a query is SERVFAIL with extended error 14, and the next one is tried anew", async () => {
  let table = noUpstreams;
  await using fake = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder(() => table);

  const none = await forwarder.ask(message("example.com", withOpt));
  table = tableOf([fake.upstream]);
  const one = await forwarder.ask(message("example.com", withOpt));

  assert.deepEqual([readHeader(none.packet).rcode, extendedErrorOf(none.packet)], [2, 14]);
  assert.equal(readHeader(one.packet).rcode, 0);
});

test("97: other upstreams make the cache be forgotten and what is in flight be asked again", async () => {
  await using old = await startFakeUpstream(({ query }) =>
    query.includes("kept") ? [replyTo(query, { counts: [1, 0, 0], records: [address] })] : [],
  );
  await using next = await startFakeUpstream(answering());
  let table = tableOf([old.upstream]);
  await using forwarder = createTestForwarder(() => table);
  await forwarder.ask(message("kept.example.com"));
  const waiting = forwarder.ask(message("example.com"));
  await waitFor(() => (old.received.length === 2 ? true : null), { timeoutMs: 5_000 });

  table = tableOf([next.upstream]);
  forwarder.upstreamsChanged();
  const { server } = await waiting;
  const again = await forwarder.ask(message("kept.example.com"));

  assert.deepEqual(server, next.upstream);
  assert.deepEqual(again.server, next.upstream);
  assert.deepEqual(
    forwarder.status().upstreams.map(({ server: text }) => text),
    [`127.0.0.1:${next.upstream.port}`],
  );
});

test("98: a domain's own servers are asked for its names, and no others", async () => {
  await using general = await startFakeUpstream(answering());
  await using vpn = await startFakeUpstream(saying(2));
  const routes = new Map([[toNameKey("corp.example") ?? "", [vpn.upstream]]]);
  await using forwarder = createTestForwarder(() => ({ servers: [general.upstream], routes }));

  const inside = await forwarder.ask(message("git.corp.example"));
  const outside = await forwarder.ask(message("xcorp.example"));

  assert.deepEqual([readHeader(inside.packet).rcode, readHeader(outside.packet).rcode], [2, 0]);
  assert.deepEqual([vpn.received.length, general.received.length], [1, 1]);
});

test("99: a query without RD gets what the cache has, else REFUSED, and is never sent on", async () => {
  await using fake = await startFakeUpstream(answering());
  await using forwarder = createTestForwarder([fake.upstream]);
  const query = message("example.com", { flags: 0, ...withOpt });

  const refused = forwarder.recall(query);
  await forwarder.ask(message("example.com"));
  const cached = forwarder.recall(query);

  assert.deepEqual([readHeader(refused.packet).rcode, extendedErrorOf(refused.packet)], [5, 20]);
  assert.deepEqual([readHeader(cached.packet).rcode, readHeader(cached.packet).flags], [0, "qr ra"]);
  assert.equal(fake.received.length, 1);
});

test("100: where rebinding is blocked an answer with an address of ours is NODATA, now and from the cache", async () => {
  await using fake = await startFakeUpstream(({ query }) => [
    replyTo(query, { counts: [1, 0, 0], records: [record(1, Buffer.from([10, 224, 1, 10]))] }),
  ]);
  const options = { blockRebinding: true, subnets: () => ["10.224.0.0/16"] };
  await using forwarder = createTestForwarder([fake.upstream], options);
  await using open = createTestForwarder([fake.upstream]);
  const query = message("example.com", withOpt);

  const blocked = [await forwarder.ask(query), forwarder.recall(query)];
  const allowed = await open.ask(query);

  for (const { packet } of blocked) {
    assert.deepEqual([readHeader(packet).rcode, readHeader(packet).counts], [0, [1, 0, 0, 1]]);
    assert.equal(extendedErrorOf(packet), 15);
  }
  assert.deepEqual(readHeader(allowed.packet).counts, [1, 1, 0, 1]);
});

for (const { title, garble } of [
  { title: "counts records it does not have", garble: (reply: Buffer) => reply.fill(0xff, 6, 8) },
  { title: "is cut off", garble: (reply: Buffer) => reply.subarray(0, -2) },
]) {
  test(`a reply that ${title} is no answer, and the next upstream is asked`, async () => {
    await using bad = await startFakeUpstream(({ query }) => [
      garble(replyTo(query, { counts: [1, 0, 0], records: [address] })),
    ]);
    await using good = await startFakeUpstream(answering());
    await using forwarder = createTestForwarder([bad.upstream, good.upstream]);

    const { packet } = await forwarder.ask(message("example.com"));

    assert.deepEqual(packet.subarray(-4), exampleAddress);
    assert.equal(good.received.length, 1);
  });
}

test("upstreams that throw are SERVFAIL, not an exception", async () => {
  await using forwarder = createTestForwarder(() => {
    throw new Error("no list");
  });

  const { packet } = await forwarder.ask(message("example.com"));

  assert.equal(readHeader(packet).rcode, 2);
});
