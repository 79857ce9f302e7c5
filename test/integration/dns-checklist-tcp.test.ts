import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { waitFor } from "../../src/base/wait.ts";
import { encodeFrame } from "../../src/dns/wire/frames.ts";
import { dig, digIsMissing } from "../dns/dig.ts";
import { askByDnspython, dnspythonIsMissing } from "../dns/dnspython.ts";
import { createHeldForwarder } from "../dns/held-forwarder.ts";
import { message, readHeader } from "../dns/messages.ts";
import { exchangeRaw, exchangeStream, type RunningServer, startServer, toStream } from "../dns/running-server.ts";

const deadline = { timeoutMs: 5_000 };

function connectTo({ port }: RunningServer): Socket {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  return socket;
}

/** What comes from the client's first octet until the server closes, and how long that takes. */
async function untilClosed(
  running: RunningServer,
  ...chunks: Buffer[]
): Promise<{ received: Buffer; elapsedMs: number }> {
  const socket = connectTo(running);
  await once(socket, "connect");
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  const closed = new Promise((resolve) => socket.on("close", resolve));
  const started = performance.now();
  for (const chunk of chunks) socket.write(chunk);
  await closed;
  return { received: Buffer.concat(received), elapsedMs: performance.now() - started };
}

async function untilCounted(running: RunningServer, what: "tcpConnections" | "inFlight", count: number): Promise<void> {
  await waitFor(() => (running.server.counters()[what] === count ? true : null), deadline);
  assert.equal(running.server.counters()[what], count);
}

test("67: every type is answered by TCP as it is by UDP", { skip: dnspythonIsMissing }, async () => {
  await using running = await startServer();
  const types = Array.from({ length: 260 }, (_, type) => `TYPE${type}`);
  const packets = ["web.e1.test", "nope.e1.test", "test"].flatMap((name) =>
    types.map((type) => message(name, { type })),
  );

  const [udp, tcp] = await Promise.all(
    (["udp", "tcp"] as const).map((transport) =>
      askByDnspython(
        running.port,
        packets.map((packet) => ({ packet, transport })),
      ),
    ),
  );

  assert.deepEqual(tcp, udp);
  assert.equal(tcp?.includes(null), false);
});

test("67: dig asks twice on one connection", { skip: digIsMissing }, async () => {
  await using running = await startServer();

  const reply = await dig(running.port, ["+tcp", "+keepopen", "web.e1.test", "A", "nope.e1.test", "A"]);

  assert.equal(reply.status, "NOERROR");
  assert.equal(running.server.counters().received.tcp, 2);
});

test("68: a query that comes octet by octet is answered", async () => {
  await using running = await startServer();
  const socket = connectTo(running);
  const reply = once(socket, "data", { signal: AbortSignal.timeout(5_000) });

  for (const octet of encodeFrame(message("web.e1.test"))) {
    const written = Promise.withResolvers<void>();
    socket.write(Buffer.from([octet]), () => written.resolve());
    await written.promise;
  }
  const [octets] = await reply;
  socket.destroy();

  assert.deepEqual(octets.subarray(-4), Buffer.from([10, 224, 1, 10]));
});

for (const count of [100, 5_000]) {
  test(`69: ${count} queries in one write get as many answers`, async () => {
    await using running = await startServer();
    const queries = Array.from({ length: count }, (_, id) => message("web.e1.test", { id }));

    const replies = await exchangeStream(running.port, [toStream(queries)], count);

    assert.deepEqual(new Set(replies.map((reply) => reply.readUInt16BE(0))).size, count);
    assert.ok(replies.every((reply) => readHeader(reply).counts[1] === 1));
  });
}

test("69: queries of 512 octets and more, cut anywhere, get their answers", async () => {
  await using running = await startServer();
  const queries = Array.from({ length: 200 }, (_, id) => message("web.e1.test", { id, rest: Buffer.alloc(id * 20) }));
  const stream = toStream(queries);
  const chunks = Array.from({ length: Math.ceil(stream.length / 997) }, (_, index) =>
    stream.subarray(index * 997, (index + 1) * 997),
  );

  const replies = await exchangeStream(running.port, chunks, queries.length);

  assert.equal(new Set(replies.map((reply) => reply.readUInt16BE(0))).size, queries.length);
});

test("70: a local answer does not wait behind a forwarded query of the same connection", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const stream = toStream([message("example.com", { id: 1 }), message("web.e1.test", { id: 2 })]);

  const [first] = await exchangeStream(running.port, [stream], 1);
  for (const release of releases) release();

  assert.equal(first?.readUInt16BE(0), 2);
});

test("71: length and message come back in one piece for a query sent as one", async () => {
  await using running = await startServer();
  const socket = connectTo(running);

  socket.write(encodeFrame(message("web.e1.test")));
  const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(5_000) });
  socket.destroy();

  assert.equal(chunk.readUInt16BE(0), chunk.length - 2);
});

test("71: length and message in two writes are one query", async () => {
  await using running = await startServer();
  const frame = encodeFrame(message("web.e1.test"));

  const [reply] = await exchangeStream(running.port, [frame.subarray(0, 2), frame.subarray(2)], 1);

  assert.equal(reply && readHeader(reply).rcode, 0);
});

test("72: a client that closes its side gets all answers, then the end", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const socket = connect({ port: running.port, host: "127.0.0.1", allowHalfOpen: true });
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.end(toStream([message("example.com"), message("web.e1.test")]));
  await waitFor(() => (releases.length === 1 && received.length > 0 ? true : null), deadline);

  for (const release of releases) release();
  await once(socket, "end", { signal: AbortSignal.timeout(5_000) });

  assert.equal(Buffer.concat(received).length, 2 + message("example.com").length + 2 + 45);
});

test("72: a client that closes its side after half a query gets the end", async () => {
  await using running = await startServer();
  const socket = connect({ port: running.port, host: "127.0.0.1", allowHalfOpen: true });

  socket.end(encodeFrame(message("web.e1.test")).subarray(0, 9));
  socket.resume();
  await once(socket, "end", { signal: AbortSignal.timeout(5_000) });

  await untilCounted(running, "tcpConnections", 0);
});

test("73, 74: an idle connection and one with half a query are closed whole after ten seconds", async () => {
  await using running = await startServer();
  const half = encodeFrame(message("web.e1.test")).subarray(0, 9);

  const [idle, partial] = await Promise.all([untilClosed(running), untilClosed(running, half)]);

  assert.ok(idle.elapsedMs > 9_000 && idle.elapsedMs < 14_500, `${idle.elapsedMs} ms`);
  assert.ok(partial.elapsedMs > 9_000 && partial.elapsedMs < 14_500, `${partial.elapsedMs} ms`);
  await untilCounted(running, "tcpConnections", 0);
});

test("73: an answered query gives the connection its time anew", async () => {
  await using running = await startServer({ tcpLimits: { deadlineMs: 1_000 } });
  const socket = connectTo(running);
  const frame = encodeFrame(message("web.e1.test"));

  // A chain of questions, each sent when the one before is answered.
  const end = performance.now() + 2_500;
  while (performance.now() < end) {
    socket.write(frame);
    await once(socket, "data", { signal: AbortSignal.timeout(5_000) });
  }

  assert.equal(running.server.counters().tcpConnections, 1);
  socket.destroy();
});

test("75: the connection idle longest makes room for the 257th", async () => {
  await using running = await startServer();
  const sockets = Array.from({ length: 256 }, () => connectTo(running));
  const [oldest, ...others] = sockets;
  const closed = new Promise((resolve) => oldest?.on("close", resolve));
  await untilCounted(running, "tcpConnections", 256);

  const [reply] = await exchangeStream(running.port, [encodeFrame(message("web.e1.test"))], 1);
  await closed;

  assert.equal(reply && readHeader(reply).rcode, 0);
  assert.ok(others.every((socket) => !socket.closed));
  for (const socket of sockets) socket.destroy();
});

// A message of no octets could be skipped as well. Closing is for what speaks no DNS, and no resolver sends one.
for (const { title, first } of [
  { title: "76: a message of no octets", first: Buffer.from([0, 0]) },
  {
    title: "76: a message of no octets and then a query",
    first: Buffer.concat([Buffer.alloc(2), toStream([message("test")])]),
  },
  { title: "77: a TLS hello", first: Buffer.from("1603010200010001fc0303", "hex") },
  { title: "77: a hello of TLS 1.0", first: Buffer.from("16030100", "hex") },
  { title: "77: GET", first: Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1:5354\r\n\r\n") },
  { title: "77: POST", first: Buffer.from("POST / HTTP/1.1\r\n\r\n") },
  { title: "77: HTTP/2", first: Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
]) {
  test(`${title} closes the connection at once, without a word, and no other`, async () => {
    await using running = await startServer();
    const other = connectTo(running);
    await untilCounted(running, "tcpConnections", 1);

    const elapsedMs: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { received, elapsedMs: elapsed } = await untilClosed(running, first);
      assert.equal(received.length, 0);
      elapsedMs.push(elapsed);
    }

    // The best of five: what is left is the server's own doing, not the machine's load.
    assert.ok(Math.min(...elapsedMs) < 50, `${elapsedMs} ms`);
    other.write(encodeFrame(message("web.e1.test")));
    await once(other, "data", { signal: AbortSignal.timeout(5_000) });
    other.destroy();
  });
}

test("78: a client that resets its connection before the answer does no harm", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const socket = connectTo(running);
  socket.write(encodeFrame(message("example.com")));
  await waitFor(() => (releases.length === 1 ? true : null), deadline);

  socket.resetAndDestroy();
  await untilCounted(running, "tcpConnections", 0);
  for (const release of releases) release();
  const reply = await exchangeRaw(running.port, message("web.e1.test"));

  assert.equal(reply && readHeader(reply).rcode, 0);
  assert.equal(running.server.counters().inFlight, 0);
  assert.equal(running.server.counters().faults, 0);
});

test("78: clients that reset while large answers are on their way do no harm", async () => {
  await using running = await startServer();
  const questions = toStream(Array.from({ length: 2_000 }, (_, id) => message("crowd.e1.test", { id })));

  for (let client = 0; client < 20; client += 1) {
    const socket = connectTo(running);
    socket.write(questions);
    await once(socket, "data", { signal: AbortSignal.timeout(5_000) });
    socket.resetAndDestroy();
  }
  await untilCounted(running, "tcpConnections", 0);
  const reply = await exchangeRaw(running.port, message("web.e1.test"));

  assert.equal(reply && readHeader(reply).rcode, 0);
  assert.equal(running.server.counters().faults, 0);
});
