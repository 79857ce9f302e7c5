import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { queryServer } from "../../src/dns/client.ts";
import { record, replyTo, startFakeUpstream } from "./fake-upstream.ts";
import { toOctets, toWords } from "./messages.ts";
import { startServer } from "./running-server.ts";

for (const transport of ["udp", "tcp"] as const) {
  test(`asks by ${transport} and shows the answer`, async () => {
    await using running = await startServer();

    const { elapsedMs, ...reply } = await queryServer({
      server: "127.0.0.1",
      port: running.port,
      name: "web.e1.test",
      type: "a",
      transport,
    });

    assert.ok(elapsedMs > 0);
    assert.deepEqual(reply, {
      rcode: "NOERROR",
      authoritative: true,
      truncated: false,
      answers: [{ name: "web.e1.test", type: "A", ttlSeconds: 1, data: "10.224.1.10" }],
      authority: [],
      extendedErrors: [],
    });
  });
}

test("shows the SOA record of a negative answer", async () => {
  await using running = await startServer();

  const reply = await queryServer({ server: "127.0.0.1", port: running.port, name: "nope.e1.test", type: "AAAA" });

  assert.equal(reply.rcode, "NXDOMAIN");
  assert.deepEqual(reply.authority, [
    { name: "test", type: "SOA", ttlSeconds: 1, data: "ns.test hostmaster.test 7 3600 600 86400 1" },
  ]);
});

test("fetches by TCP what does not fit a datagram, unless UDP was asked for", async () => {
  await using running = await startServer();
  const ask = { server: "127.0.0.1", port: running.port, name: "crowd.e1.test", type: "A" };

  const whole = await queryServer(ask);
  const cut = await queryServer({ ...ask, transport: "udp" });

  assert.deepEqual([whole.answers.length, whole.truncated], [80, false]);
  assert.deepEqual([cut.answers.length, cut.truncated], [0, true]);
});

test("shows records of every type", async () => {
  const target = toOctets("a.example");
  const records = [
    record(28, Buffer.from("20010db8000000000000000000000001", "hex")),
    record(5, target),
    record(15, Buffer.concat([toWords([10]), target])),
    record(16, Buffer.from('\x02hi\x03a"b', "latin1")),
    record(33, Buffer.concat([toWords([1, 2, 80]), target])),
    record(65_280, Buffer.from([1, 2])),
  ];
  await using fake = await startFakeUpstream(({ query }) => [
    replyTo(query, { counts: [records.length, 0, 0], records }),
  ]);

  const reply = await queryServer({ server: "127.0.0.1", port: fake.upstream.port, name: "example", type: "ANY" });

  assert.deepEqual(
    reply.answers.map(({ type, data }) => `${type} ${data}`),
    [
      "AAAA 2001:db8::1",
      "CNAME a.example",
      "MX 10 a.example",
      'TXT "hi" "a\\"b"',
      "SRV 1 2 80 a.example",
      "TYPE65280 \\# 2 0102",
    ],
  );
});

test("a name in any script is asked for in its ASCII form", async () => {
  await using fake = await startFakeUpstream(({ query }) => [replyTo(query)]);

  await queryServer({ server: "127.0.0.1", port: fake.upstream.port, name: "bücher.example", type: "A" });

  assert.ok(fake.received[0]?.query.includes(toOctets("xn--bcher-kva.example")));
});

for (const { title, name, type } of [
  { title: "an unknown type", name: "web.e1.test", type: "BOGUS" },
  { title: "an empty label", name: "a..b", type: "A" },
  { title: "no name", name: "", type: "A" },
]) {
  test(`${title} is CILO_USAGE`, async () => {
    await assert.rejects(queryServer({ server: "127.0.0.1", port: 1, name, type }), { code: "CILO_USAGE" });
  });
}

test("a server that says nothing is CILO_QUERY_FAILED after the time given", async () => {
  await using fake = await startFakeUpstream(() => []);

  await assert.rejects(
    queryServer({ server: "127.0.0.1", port: fake.upstream.port, name: "example", type: "A", timeoutMs: 100 }),
    {
      code: "CILO_QUERY_FAILED",
      message: `127.0.0.1:${fake.upstream.port} gave no answer for example: no reply in 100 ms`,
    },
  );
});

test("a port where nobody listens is CILO_QUERY_FAILED at once", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();

  for (const transport of ["udp", "tcp"] as const) {
    await assert.rejects(queryServer({ server: "127.0.0.1", port, name: "example", type: "A", transport }), {
      code: "CILO_QUERY_FAILED",
      message: /nothing listens there/,
    });
  }
});

test("an aborted query rejects with the signal's reason", async () => {
  await using fake = await startFakeUpstream(() => []);
  const controller = new AbortController();
  const reason = new Error("enough");
  const asking = queryServer({
    server: "127.0.0.1",
    port: fake.upstream.port,
    name: "example",
    type: "A",
    signal: controller.signal,
  });

  controller.abort(reason);

  await assert.rejects(asking, reason);
});

test("a reply that is malformed is CILO_QUERY_FAILED", async () => {
  await using fake = await startFakeUpstream(({ query }) => [replyTo(query, { counts: [9, 0, 0] })]);

  await assert.rejects(queryServer({ server: "127.0.0.1", port: fake.upstream.port, name: "example", type: "A" }), {
    code: "CILO_QUERY_FAILED",
    message: /the reply is malformed/,
  });
});
