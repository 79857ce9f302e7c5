import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { describe, test } from "node:test";
import { waitFor } from "../../src/base/wait.ts";
import type { ForwarderOptions } from "../../src/dns/forward.ts";
import type { Upstream } from "../../src/dns/upstreams.ts";
import type { Transport } from "../../src/dns/wire/reply.ts";
import { type DigReply, dig, digIsMissing } from "../dns/dig.ts";
import { askByDnspython, dnspythonIsMissing, type PythonReply } from "../dns/dnspython.ts";
import {
  answering,
  closedUpstream,
  denying,
  exampleAddress,
  type FakeUpstream,
  questionOf,
  record,
  replyTo,
  type Script,
  saying,
  silent,
  startFakeUpstream,
} from "../dns/fake-upstream.ts";
import { createTestForwarder, type TestForwarder } from "../dns/forward/test-forwarder.ts";
import { type MessageOptions, message, opt } from "../dns/messages.ts";
import { type RunningServer, startServer } from "../dns/running-server.ts";

/** By both, in this order. */
const transports: Transport[] = ["udp", "tcp"];
const edns = "version: 0, flags:; udp: 1232";
const skip = digIsMissing || dnspythonIsMissing;
const withOpt: MessageOptions = { counts: [1, 0, 0, 1], rest: opt({ udpBytes: 4096 }) };

/** The server with its forwarder and fake upstreams; time for cache and back-off stands still until it is moved on. */
interface Forwarding extends AsyncDisposable {
  port: number;
  forwarder: TestForwarder;
  /** Of the first upstream that listens. */
  received: FakeUpstream["received"];
  dig(question: string, transport?: Transport): Promise<DigReply>;
}

interface ForwardingOptions extends Partial<ForwarderOptions> {
  scripts: Script[];
  /** Upstreams that are asked before those of the scripts. */
  before?: Upstream[];
}

async function startForwarding({ scripts, before = [], ...options }: ForwardingOptions): Promise<Forwarding> {
  const fakes = await Promise.all(scripts.map(startFakeUpstream));
  const forwarder = createTestForwarder([...before, ...fakes.map(({ upstream }) => upstream)], options);
  const running: RunningServer = await startServer({ forwarder });
  return {
    port: running.port,
    forwarder,
    received: fakes[0]?.received ?? [],
    dig: (question, transport = "udp") =>
      dig(running.port, [...question.split(" "), transport === "udp" ? "+notcp" : "+tcp"]),
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await Promise.all(fakes.map((fake) => fake[Symbol.asyncDispose]()));
    },
  };
}

/** What dig shows of a forwarded reply; not given: NOERROR, our OPT, no records. */
function shown(reply: Partial<DigReply>): DigReply {
  return { status: "NOERROR", flags: "qr rd ra", edns, answer: [], authority: [], ...reply };
}

/** One message by UDP and the same by TCP, judged by dnspython. */
async function askBoth(port: number, packets: Buffer | Record<Transport, Buffer>): Promise<PythonReply[]> {
  const byTransport = Buffer.isBuffer(packets) ? { udp: packets, tcp: packets } : packets;
  const queries = transports.map((transport) => ({ packet: byTransport[transport], transport }));
  const replies = await askByDnspython(port, queries);
  return replies.map((reply) => {
    assert.ok(reply !== null, "silence");
    return reply;
  });
}

/** The code of the extended error among a reply's options. */
function extendedErrorOf({ reply, edns: found }: PythonReply): number | null {
  if (found === null || !found.options.includes(15)) return null;
  const start = reply.lastIndexOf(Buffer.from([0, 0, 41, 4, 208]));
  return reply.readUInt16BE(start + 15);
}

describe("forwarding", { skip, concurrency: 4 }, () => {
  test("79: the upstream's sections come octet for octet, with the client's id and question, RA, and AA as they are", async () => {
    const records = [
      record(65_280, Buffer.from("c00c00ff", "hex")),
      record(2, Buffer.from([0xc0, 0x0c])),
      record(1, exampleAddress),
    ];
    await using running = await startForwarding({
      scripts: [({ query }) => [replyTo(query, { flags: 0x8580, counts: [1, 1, 1], records })]],
    });
    const ask = (name: string, id: number) => message(name, { id, type: "TYPE65280" });
    const packets = { udp: ask("wWw.eXample.com", 0xbeef), tcp: ask("www.Example.NET", 0xcafe) };

    const replies = await askBoth(running.port, packets);

    for (const [index, transport] of transports.entries()) {
      const reply = replies[index];
      assert.deepEqual([reply?.rcode, reply?.flags, reply?.opcode], ["NOERROR", "qr aa rd ra", 0]);
      assert.equal(reply?.id, packets[transport].readUInt16BE(0));
      assert.deepEqual(reply?.reply.subarray(12), Buffer.concat([packets[transport].subarray(12), ...records]));
    }
  });

  test("80: of 10,000 forwards ids and source ports are random and the client's id is not theirs", async () => {
    await using running = await startForwarding({ scripts: [answering()] });
    const count = 10_000;
    const queries = Array.from({ length: count }, (_, id) => ({
      packet: message(`n${id}.example.com`, { id }),
      transport: id % 10 === 0 ? ("tcp" as const) : ("udp" as const),
    }));

    const replies = await askByDnspython(running.port, queries);

    assert.equal(replies.filter((reply, id) => reply?.id === id && reply.answer.length === 1).length, count);
    const sent = running.received.map(({ query, clientPort }) => ({
      id: query.readUInt16BE(0),
      clientId: Number(/n(\d+)/.exec(query.toString("latin1"))?.[1]),
      clientPort,
    }));
    assert.ok(sent.length >= count && sent.length < count * 1.01, `${sent.length} queries sent`);
    // 10,000 drawn from 65,536 give 9,274 distinct ones, from 28,232 ports 8,420; the spread of both is below 40.
    assert.ok(new Set(sent.map(({ id }) => id)).size > 9_100);
    assert.ok(new Set(sent.map(({ clientPort }) => clientPort)).size >= 7_500);
    assert.ok(sent.filter(({ id, clientId }) => id === clientId).length < 10);
    for (let bit = 0; bit < 16; bit += 1) {
      const share = sent.filter(({ id }) => ((id >> bit) & 1) === 1).length / sent.length;
      assert.ok(share > 0.47 && share < 0.53, `bit ${bit} is set in ${share} of the ids`);
    }
  });

  test("81: 1,000 forged replies before the true one do not keep it away", async () => {
    const forged = record(1, Buffer.from([6, 6, 6, 6]));
    await using running = await startForwarding({
      scripts: [
        (received) => {
          const { query, transport } = received;
          const id = query.readUInt16BE(0);
          const flood = Array.from({ length: 1_000 }, (_, index) =>
            replyTo(query, { id: (id + 1 + index) & 0xffff, counts: [1, 0, 0], records: [forged] }),
          );
          return [
            ...(transport === "udp" ? flood : []),
            replyTo(query, { counts: [1, 0, 0], records: [record(1, exampleAddress)] }),
          ];
        },
      ],
    });

    for (const transport of transports) {
      const reply = await running.dig(`${transport}.example.com A`, transport);

      assert.deepEqual(reply, shown({ answer: [`${transport}.example.com. 300 IN A 192.0.2.1`] }));
    }
  });

  test("81: a reply to another question is not taken, with the right id either", async () => {
    const otherType = (query: Buffer) => {
      const question = Buffer.from(questionOf(query));
      question.writeUInt16BE(28, question.length - 4);
      return question;
    };
    await using running = await startForwarding({
      scripts: [
        ({ query }) => [
          replyTo(query, { flags: 0x0100, counts: [1, 0, 0], records: [record(1, Buffer.from([6, 6, 6, 6]))] }),
          replyTo(query, { question: otherType(query), flags: 0x8183 }),
          replyTo(query, { flags: 0xa983 }),
          replyTo(query, { counts: [1, 0, 0], records: [record(1, exampleAddress)] }),
        ],
      ],
    });

    const replies = await askBoth(running.port, message("example.com"));

    for (const { rcode, answer } of replies) {
      assert.deepEqual([rcode, answer], ["NOERROR", ["example.com. 300 IN A 192.0.2.1"]]);
    }
  });

  test("82: 100 identical queries at once are one to the upstream", async () => {
    const { promise: mayAnswer, resolve: allowAnswer } = Promise.withResolvers<void>();
    await using running = await startForwarding({
      scripts: [
        async (received) => {
          await mayAnswer;
          return answering(0)(received);
        },
      ],
    });
    const resolver = new Resolver({ timeout: 10_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${running.port}`]);

    const waiting = Promise.all(Array.from({ length: 100 }, () => resolver.resolve4("example.com")));
    await waitFor(() => (running.forwarder.status().inFlight === 100 ? true : null), { timeoutMs: 10_000 });
    allowAnswer();
    const replies = await waiting;

    assert.deepEqual(new Set(replies.flat()), new Set(["192.0.2.1"]));
    assert.equal(running.received.length, 1);
  });

  test("82: each of them gets its own id, case and OPT, by UDP and TCP", async () => {
    const { promise: mayAnswer, resolve: allowAnswer } = Promise.withResolvers<void>();
    await using running = await startForwarding({
      scripts: [
        async (received) => {
          await mayAnswer;
          return answering(0)(received);
        },
      ],
    });
    const queries = Array.from({ length: 16 }, (_, index) => ({
      transport: transports[index % 2] ?? "udp",
      packet: message(index % 4 < 2 ? "example.com" : "eXample.cOm", {
        id: 1000 + index,
        ...(index % 8 < 4 ? withOpt : {}),
      }),
    }));

    const waiting = askByDnspython(running.port, queries);
    await waitFor(() => (running.forwarder.status().inFlight === 16 ? true : null), { timeoutMs: 10_000 });
    allowAnswer();
    const replies = await waiting;

    assert.equal(running.received.length, 1);
    for (const [index, reply] of replies.entries()) {
      const asked = queries[index]?.packet ?? Buffer.alloc(0);
      assert.deepEqual([reply?.id, reply?.rcode, reply?.optCount], [1000 + index, "NOERROR", index % 8 < 4 ? 1 : 0]);
      assert.deepEqual(reply && questionOf(reply.reply), questionOf(asked));
    }
  });

  test("83: a truncated reply is fetched by TCP; who asks by UDP gets what fits, or TC", async () => {
    const records = Array.from({ length: 60 }, (_, index) => record(1, Buffer.from([192, 0, 2, index])));
    await using running = await startForwarding({
      scripts: [
        ({ query, transport }) =>
          transport === "udp" ? [replyTo(query, { flags: 0x8380 })] : [replyTo(query, { counts: [60, 0, 0], records })],
      ],
    });

    const cut = await running.dig("example.com A +noedns +ignore");
    const fitting = await running.dig("example.com A +bufsize=1232 +ignore");
    const whole = await running.dig("example.com A", "tcp");
    const retried = await running.dig("example.com A +noedns");

    assert.deepEqual(cut, shown({ flags: "qr tc rd ra", edns: null }));
    assert.deepEqual([fitting.flags, fitting.answer.length], ["qr rd ra", 60]);
    assert.deepEqual([whole.flags, whole.answer.length], ["qr rd ra", 60]);
    assert.equal(retried.answer.length, 60);
    assert.deepEqual(
      running.received.map(({ transport }) => transport),
      ["udp", "tcp"],
    );
  });

  for (const { title, refusal } of [
    { title: "FORMERR", refusal: (query: Buffer) => replyTo(query, { flags: 0x8181 }) },
    { title: "NOTIMP", refusal: (query: Buffer) => replyTo(query, { flags: 0x8184 }) },
    {
      title: "BADVERS",
      refusal: (query: Buffer) => replyTo(query, { counts: [0, 0, 1], records: [opt({ version: 0x0100 })] }),
    },
  ]) {
    test(`84: an upstream that says ${title} to an OPT is asked once more without`, async () => {
      await using running = await startForwarding({
        scripts: [(received) => (received.query[11] === 1 ? [refusal(received.query)] : answering()(received))],
      });

      for (const transport of transports) {
        const reply = await running.dig(`${transport}.example.com A`, transport);

        assert.deepEqual(reply, shown({ answer: [`${transport}.example.com. 300 IN A 192.0.2.1`] }));
      }
      assert.deepEqual(
        running.received.map(({ query }) => query[11]),
        [1, 0, 1, 0],
      );
    });
  }

  test("85: when all upstreams are silent the client has SERVFAIL with an extended error after 3.5 s", async () => {
    await using running = await startForwarding({ scripts: [silent, silent] });
    const started = performance.now();

    const replies = await askBoth(running.port, message("example.com", withOpt));

    const elapsedMs = performance.now() - started;
    for (const reply of replies) {
      assert.deepEqual([reply.rcode, reply.flags, extendedErrorOf(reply)], ["SERVFAIL", "qr rd ra", 23]);
    }
    assert.ok(elapsedMs > 3_000 && elapsedMs < 4_500, `${elapsedMs} ms`);
  });

  test("86: when the first upstream's port is closed the next is asked, long before a hedge would", async () => {
    await using running = await startForwarding({ before: [await closedUpstream()], scripts: [answering()] });
    const started = performance.now();

    const replies = await Promise.all(
      transports.map((transport) => running.forwarder.ask(message(`${transport}.example.com`), transport)),
    );
    const elapsedMs = performance.now() - started;
    const seen = await running.dig("example.com A", "tcp");

    for (const { asked } of replies) {
      assert.deepEqual(
        asked.map(({ outcome }) => outcome),
        ["connection refused", "answered"],
      );
    }
    assert.ok(elapsedMs < 150, `${elapsedMs} ms`);
    assert.deepEqual(seen.answer, ["example.com. 300 IN A 192.0.2.1"]);
  });

  for (const { title, rcode } of [
    { title: "SERVFAIL", rcode: 2 },
    { title: "REFUSED", rcode: 5 },
  ]) {
    test(`87: ${title} of one upstream makes the next be asked; of all it is SERVFAIL, never NXDOMAIN`, async () => {
      await using some = await startForwarding({ scripts: [saying(rcode), answering()] });
      await using none = await startForwarding({ scripts: [saying(rcode), saying(rcode)] });

      for (const transport of transports) {
        const answered = await some.dig(`${transport}.example.com A`, transport);
        const failed = await none.dig(`${transport}.example.com A`, transport);

        assert.deepEqual(answered, shown({ answer: [`${transport}.example.com. 300 IN A 192.0.2.1`] }));
        assert.deepEqual([failed.status, failed.flags, failed.answer], ["SERVFAIL", "qr rd ra", []]);
      }
    });
  }

  for (const { what, rcode, status } of [
    { what: "NXDOMAIN", rcode: 3, status: "NXDOMAIN" },
    { what: "NODATA", rcode: 0, status: "NOERROR" },
  ]) {
    for (const { ttlSeconds, minimumSeconds, keptSeconds } of [
      { ttlSeconds: 20, minimumSeconds: 60, keptSeconds: 20 },
      { ttlSeconds: 60, minimumSeconds: 20, keptSeconds: 20 },
      { ttlSeconds: 900, minimumSeconds: 900, keptSeconds: 300 },
    ]) {
      test(`88: ${what} with SOA TTL ${ttlSeconds} and MINIMUM ${minimumSeconds} is kept for ${keptSeconds} s`, async () => {
        await using running = await startForwarding({ scripts: [denying(rcode, { ttlSeconds, minimumSeconds })] });
        const soa = (ttl: number) =>
          `example.com. ${ttl} IN SOA example.com. example.com. 1 3600 600 86400 ${minimumSeconds}`;

        const first = await running.dig("example.com A");
        running.forwarder.clock.advance((keptSeconds - 1) * 1_000);
        const kept = await running.dig("example.com A", "tcp");
        running.forwarder.clock.advance(1_000);
        await running.dig("example.com A");

        assert.deepEqual(first, shown({ status, authority: [soa(ttlSeconds)] }));
        assert.deepEqual(kept, shown({ status, authority: [soa(1)] }));
        assert.equal(running.received.length, 2);
      });
    }

    test(`88: ${what} without SOA record is not kept`, async () => {
      await using running = await startForwarding({ scripts: [saying(rcode)] });

      for (const transport of transports) {
        const reply = await running.dig("example.com A", transport);

        assert.deepEqual(reply, shown({ status }));
      }
      assert.equal(running.received.length, 2);
    });
  }

  test("89: the second time TTLs are lower by the seconds that have passed, AA is 0 and the OPT as it was", async () => {
    const records = [record(1, exampleAddress, 300), record(1, exampleAddress, 77)];
    await using running = await startForwarding({
      scripts: [({ query }) => [replyTo(query, { flags: 0x8580, counts: [1, 0, 2], records: [...records, opt()] })]],
    });

    const first = await running.dig("example.com A");
    running.forwarder.clock.advance(7_000);
    const later = await askBoth(running.port, message("EXAMPLE.com", withOpt));

    assert.deepEqual(first, shown({ flags: "qr aa rd ra", answer: ["example.com. 300 IN A 192.0.2.1"] }));
    for (const { flags, answer, additional, edns: found, optCount } of later) {
      assert.deepEqual([flags, answer], ["qr rd ra", ["EXAMPLE.com. 293 IN A 192.0.2.1"]]);
      assert.deepEqual(additional, ["EXAMPLE.com. 70 IN A 192.0.2.1"]);
      assert.deepEqual([found, optCount], [{ version: 0, flags: 0, udpBytes: 1232, options: [] }, 1]);
    }
    assert.equal(running.received.length, 1);
  });

  test("89: DO, CD and type are part of what is asked", async () => {
    await using running = await startForwarding({ scripts: [answering()] });

    for (const question of ["A", "A +dnssec", "A +cdflag", "A +dnssec +cdflag", "ANY"]) {
      for (const transport of transports) await running.dig(`example.com ${question}`, transport);
    }

    assert.equal(running.received.length, 5);
  });

  test("90: SERVFAIL is kept for one second", async () => {
    await using running = await startForwarding({ scripts: [saying(2)] });

    const statuses = [await running.dig("example.com A"), await running.dig("example.com A", "tcp")];
    const asked = running.received.length;
    running.forwarder.clock.advance(1_000);
    await running.dig("example.com A");

    assert.deepEqual(
      statuses.map(({ status }) => status),
      ["SERVFAIL", "SERVFAIL"],
    );
    assert.deepEqual([asked, running.received.length], [1, 2]);
  });

  test("91: when the upstreams fail an old answer is given with TTL 30 and extended error 3, for a day", async () => {
    let script: Script = answering(10);
    await using running = await startForwarding({ scripts: [(received) => script(received)] });
    await running.dig("example.com A");
    script = saying(2);

    running.forwarder.clock.advance(11_000);
    const stale = await askBoth(running.port, message("example.com", withOpt));
    const plain = await running.dig("example.com A +noedns");
    running.forwarder.clock.advance(24 * 60 * 60 * 1_000);
    const tooOld = await running.dig("example.com A");

    for (const reply of stale) {
      assert.deepEqual([reply.rcode, reply.answer], ["NOERROR", ["example.com. 30 IN A 192.0.2.1"]]);
      assert.equal(extendedErrorOf(reply), 3);
    }
    assert.deepEqual(plain, shown({ edns: null, answer: ["example.com. 30 IN A 192.0.2.1"] }));
    assert.equal(tooOld.status, "SERVFAIL");
  });

  test("91: when the upstreams are silent the old answer comes after 1.8 s, and they are asked once", async () => {
    let script: Script = answering(10);
    await using running = await startForwarding({ scripts: [(received) => script(received)] });
    await running.dig("example.com A");
    script = silent;
    running.forwarder.clock.advance(11_000);
    const started = performance.now();

    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, index) => running.dig("example.com A", transports[index % 2])),
    );

    const elapsedMs = performance.now() - started;
    for (const { answer } of replies) assert.deepEqual(answer, ["example.com. 30 IN A 192.0.2.1"]);
    assert.ok(elapsedMs > 1_700 && elapsedMs < 3_300, `${elapsedMs} ms`);
    // UDP at once and at 1.5 s; by TCP from 2 s on.
    const udp = running.received.filter(({ transport }) => transport === "udp");
    assert.equal(udp.length, 1 + 2);
  });

  test("92: upstream goes an OPT of our own, with the client's DO and CD and none of its options", async () => {
    await using running = await startForwarding({ scripts: [answering()] });
    const options = "+bufsize=4000 +cookie=0123456789abcdef +nsid +subnet=192.0.2.0/24 +keepalive +padding=32";

    for (const transport of transports) {
      await running.dig(`${transport}.example.com A +dnssec +cdflag ${options}`, transport);
      await running.dig(`plain-${transport}.example.com A +noedns`, transport);
    }

    const sent = running.received.map(({ query }) => ({
      flags: query.readUInt16BE(2),
      rest: query.subarray(12 + questionOf(query).length),
    }));
    const withDo = { flags: 0x0130, rest: opt({ flags: 0x8000 }) };
    const plain = { flags: 0x0120, rest: opt() };
    assert.deepEqual(sent, [withDo, plain, withDo, plain]);
  });

  // That AD of an upstream on another machine is cleared is tested where replies are written (relay.test.ts).
  test("93: AD of an upstream on this machine is handed on to who asks for it", async () => {
    await using running = await startForwarding({
      scripts: [
        ({ query }) => [replyTo(query, { flags: 0x81a0, counts: [1, 0, 0], records: [record(1, exampleAddress)] })],
      ],
    });

    for (const transport of transports) {
      const [asked, notAsked, dnssecOk] = await Promise.all([
        running.dig("example.com A +adflag", transport),
        running.dig("example.com A +noadflag", transport),
        running.dig("example.com A +noadflag +dnssec", transport),
      ]);

      assert.deepEqual([asked.flags, notAsked.flags, dnssecOk.flags], ["qr rd ra ad", "qr rd ra", "qr rd ra ad"]);
    }
  });

  test("94: with 1,000 in flight foreign names fail at once and local ones answer", async () => {
    await using running = await startForwarding({ scripts: [silent] });
    const client = createSocket("udp4");
    const queries = Array.from({ length: 1_000 }, (_, index) => message(`n${index}.example.com`, { id: index }));
    const isFull = () => (running.forwarder.status().inFlight === 1_000 ? true : null);

    const filled = await waitFor(
      () => {
        // The kernel drops what does not fit the listener's buffer; what is sent again is one with what is in flight.
        const left = 1_000 - running.forwarder.status().inFlight;
        for (const query of queries.slice(1_000 - left)) client.send(query, running.port, "127.0.0.1");
        return isFull();
      },
      { timeoutMs: 2_500, intervalMs: 20 },
    );
    const started = performance.now();
    const foreign = await askBoth(running.port, message("example.com", withOpt));
    const local = await askBoth(running.port, message("web.e1.test"));
    const elapsedMs = performance.now() - started;
    client.close();

    assert.equal(filled, true);
    for (const reply of foreign) assert.deepEqual([reply.rcode, extendedErrorOf(reply)], ["SERVFAIL", 14]);
    for (const { answer } of local) assert.deepEqual(answer, ["web.e1.test. 1 IN A 10.224.1.10"]);
    // Two starts of Python are in it.
    assert.ok(elapsedMs < 3_000, `${elapsedMs} ms`);
  });

  test("95: without an upstream foreign names fail at once with extended error 14 and local ones answer", async () => {
    await using running = await startForwarding({ scripts: [] });
    const started = performance.now();

    const { packet } = await running.forwarder.ask(message("example.com"));
    const elapsedMs = performance.now() - started;
    const foreign = await askBoth(running.port, message("example.com", withOpt));
    const local = await askBoth(running.port, message("web.e1.test"));

    assert.equal(packet.readUInt16BE(2) & 0x0f, 2);
    assert.ok(elapsedMs < 50, `${elapsedMs} ms`);
    for (const reply of foreign) assert.deepEqual([reply.rcode, extendedErrorOf(reply)], ["SERVFAIL", 14]);
    for (const { answer } of local) assert.deepEqual(answer, ["web.e1.test. 1 IN A 10.224.1.10"]);
  });

  test("99: without RD a foreign name is REFUSED at once, or answered from the cache, and never sent on", async () => {
    await using running = await startForwarding({ scripts: [answering()] });

    for (const transport of transports) {
      const name = `${transport}.example.com`;
      const refused = await running.dig(`${name} A +norecurse`, transport);
      await running.dig(`${name} A`, transport);
      const cached = await running.dig(`${name} A +norecurse`, transport);

      assert.deepEqual([refused.status, refused.flags, refused.answer], ["REFUSED", "qr ra", []]);
      assert.deepEqual(cached, shown({ flags: "qr ra", answer: [`${name}. 300 IN A 192.0.2.1`] }));
    }
    assert.equal(running.received.length, 2);
  });

  test("100: where it is asked for, a foreign name with an address of ours is NODATA; other private ones are let through", async () => {
    const addresses = new Map([
      ["loopback", record(1, Buffer.from([127, 0, 0, 1]))],
      ["loopback6", record(28, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]))],
      ["environment", record(1, Buffer.from([10, 224, 1, 10]))],
      ["office", record(1, Buffer.from([10, 9, 8, 7]))],
    ]);
    const script: Script = ({ query }) => {
      const name = /[a-z]+6?/.exec(query.toString("latin1", 13))?.[0] ?? "";
      return [replyTo(query, { counts: [1, 0, 0], records: [addresses.get(name) ?? Buffer.alloc(0)] })];
    };
    const blocking = { blockRebinding: true, subnets: () => ["10.224.0.0/16"] };
    await using closed = await startForwarding({ scripts: [script], ...blocking });
    await using open = await startForwarding({ scripts: [script] });

    for (const transport of transports) {
      for (const name of addresses.keys()) {
        const question = `${name}.example.com ${name === "loopback6" ? "AAAA" : "A"}`;
        const [blocked, allowed] = [await closed.dig(question, transport), await open.dig(question, transport)];

        assert.equal(allowed.answer.length, 1);
        assert.deepEqual([blocked.status, blocked.answer.length], ["NOERROR", name === "office" ? 1 : 0]);
      }
    }
    const [reply] = await askBoth(closed.port, message("loopback.example.com", withOpt));
    assert.equal(reply && extendedErrorOf(reply), 15);
  });
});

test("the fake upstream's own replies are what dnspython reads", { skip: dnspythonIsMissing }, async () => {
  await using fake = await startFakeUpstream(denying(3, { ttlSeconds: 5, minimumSeconds: 6 }));

  const [reply] = await askBoth(fake.upstream.port, message("example.com"));

  assert.deepEqual(reply?.authority, ["example.com. 5 IN SOA example.com. example.com. 1 3600 600 86400 6"]);
});
