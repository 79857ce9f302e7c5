import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import type { Forwarder } from "../../src/dns/forward.ts";
import { createDnsServer } from "../../src/dns/server.ts";
import { encodeFrame } from "../../src/dns/wire/frames.ts";
import { exampleZone } from "./example-zone.ts";
import { message, readHeader } from "./messages.ts";
import { exchangeRaw, exchangeStream, startServer, toStream } from "./running-server.ts";

/** Octets of TCP from the client's first until the server closes, and how long that took. */
async function untilClosed(port: number, ...chunks: Buffer[]): Promise<{ received: Buffer; elapsedMs: number }> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  const started = performance.now();
  for (const chunk of chunks) socket.write(chunk);
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  await once(socket, "close", { signal: AbortSignal.timeout(15_000) });
  return { received: Buffer.concat(received), elapsedMs: performance.now() - started };
}

/** Replies to nothing until told to. */
function createHeldForwarder() {
  const releases: (() => void)[] = [];
  const forwarder: Forwarder = {
    forward: async (query) => {
      await new Promise<void>((resolve) => releases.push(resolve));
      return Buffer.from(query.packet);
    },
    close: async () => {},
  };
  return { forwarder, releases };
}

test("2: silence on what is no query, and the next query is answered", async () => {
  await using running = await startServer();

  const replies = [
    await exchangeRaw(running.port, Buffer.alloc(11), 200),
    await exchangeRaw(running.port, message("web.e1.test", { flags: 0x8180 }), 200),
    await exchangeRaw(running.port, message("web.e1.test")),
  ];

  assert.deepEqual(
    replies.map((reply) => reply?.length ?? null),
    [null, null, 45],
  );
  assert.equal(running.server.counters().dropped, 2);
});

test("10: a query of 5,000 octets is FORMERR by UDP and closes a connection", async () => {
  await using running = await startServer();
  const big = message("web.e1.test", { rest: Buffer.alloc(5_000) });

  const reply = await exchangeRaw(running.port, big);
  const { received } = await untilClosed(running.port, encodeFrame(big));

  assert.equal(reply && readHeader(reply).rcode, 1);
  assert.equal(received.length, 0);
});

test("68: a query that comes octet by octet is answered", async () => {
  await using running = await startServer();
  const octets = [...encodeFrame(message("web.e1.test"))].map((octet) => Buffer.from([octet]));

  const [reply] = await exchangeStream(running.port, octets, 1);

  assert.deepEqual(reply?.subarray(-4), Buffer.from([10, 224, 1, 10]));
});

for (const count of [100, 5_000]) {
  test(`69, 71: ${count} queries in one write get as many answers`, async () => {
    await using running = await startServer();
    const queries = Array.from({ length: count }, (_, id) => message("web.e1.test", { id }));

    const replies = await exchangeStream(running.port, [toStream(queries)], count);

    assert.deepEqual(new Set(replies.map((reply) => reply.readUInt16BE(0))).size, count);
    assert.ok(replies.every((reply) => readHeader(reply).counts[1] === 1));
  });
}

test("70: a local answer does not wait behind a forwarded query of the same connection", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const stream = toStream([message("example.com", { id: 1 }), message("web.e1.test", { id: 2 })]);

  const [first] = await exchangeStream(running.port, [stream], 1);
  for (const release of releases) release();

  assert.equal(first?.readUInt16BE(0), 2);
});

test("94: local names are answered while more queries wait than a connection may have", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const foreign = Array.from({ length: 300 }, (_, id) => message("example.com", { id }));
  const socket = connect({ port: running.port, host: "127.0.0.1" });
  socket.write(toStream(foreign));
  await waitFor(() => (running.server.counters().inFlight === 128 ? true : null), { timeoutMs: 5_000 });

  const local = await exchangeRaw(running.port, message("web.e1.test"));
  const waiting = running.server.counters().inFlight;
  const drained = waitFor(
    () => {
      for (const release of releases.splice(0)) release();
      return running.server.counters().forwarded === 300 && running.server.counters().inFlight === 0 ? true : null;
    },
    { timeoutMs: 5_000 },
  );

  assert.equal(local && readHeader(local).rcode, 0);
  assert.equal(waiting, 128);
  assert.equal(await drained, true);
  socket.destroy();
});

test("72: a client that closes its side gets all answers, then the end", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const socket = connect({ port: running.port, host: "127.0.0.1", allowHalfOpen: true });
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.end(toStream([message("example.com"), message("web.e1.test")]));
  await waitFor(() => (releases.length === 1 && received.length > 0 ? true : null), { timeoutMs: 5_000 });

  for (const release of releases) release();
  await once(socket, "end", { signal: AbortSignal.timeout(5_000) });

  assert.equal(Buffer.concat(received).length, 2 + message("example.com").length + 2 + 45);
});

test("73, 74: an idle connection and one with half a query are closed whole after ten seconds", async () => {
  await using running = await startServer();
  const half = encodeFrame(message("web.e1.test")).subarray(0, 9);

  const [idle, partial] = await Promise.all([untilClosed(running.port), untilClosed(running.port, half)]);

  assert.ok(idle.elapsedMs > 9_000 && idle.elapsedMs < 14_500, `${idle.elapsedMs} ms`);
  assert.ok(partial.elapsedMs > 9_000 && partial.elapsedMs < 14_500, `${partial.elapsedMs} ms`);
  await waitFor(() => (running.server.counters().tcpConnections === 0 ? true : null), { timeoutMs: 1_000 });
  assert.equal(running.server.counters().tcpConnections, 0);
});

test("75: the connection idle longest makes room for the 257th", async () => {
  await using running = await startServer();
  const sockets = Array.from({ length: 256 }, () => connect({ port: running.port, host: "127.0.0.1" }));
  for (const socket of sockets) socket.on("error", () => {});
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  await waitFor(() => (running.server.counters().tcpConnections === 256 ? true : null), { timeoutMs: 5_000 });
  const oldest = sockets[0] && once(sockets[0], "close", { signal: AbortSignal.timeout(5_000) });

  const [reply] = await exchangeStream(running.port, [encodeFrame(message("web.e1.test"))], 1);
  await oldest;

  assert.equal(reply && readHeader(reply).rcode, 0);
  for (const socket of sockets) socket.destroy();
});

for (const { title, first } of [
  { title: "76: a message of no octets", first: Buffer.from([0, 0]) },
  { title: "77: a TLS hello", first: Buffer.from("1603010200010001fc0303", "hex") },
  { title: "77: GET", first: Buffer.from("GET / HTTP/1.1\r\n\r\n") },
  { title: "77: POST", first: Buffer.from("POST / HTTP/1.1\r\n\r\n") },
]) {
  test(`${title} closes the connection at once, without a word`, async () => {
    await using running = await startServer();

    const { received, elapsedMs } = await untilClosed(running.port, first);

    assert.equal(received.length, 0);
    assert.ok(elapsedMs < 5_000, `${elapsedMs} ms`);
  });
}

test("78: a client that resets its connection before the answer does no harm", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const socket = connect({ port: running.port, host: "127.0.0.1" });
  socket.write(encodeFrame(message("example.com")));
  await waitFor(() => (releases.length === 1 ? true : null), { timeoutMs: 5_000 });

  socket.resetAndDestroy();
  await waitFor(() => (running.server.counters().tcpConnections === 0 ? true : null), { timeoutMs: 5_000 });
  for (const release of releases) release();
  const reply = await exchangeRaw(running.port, message("web.e1.test"));

  assert.equal(reply && readHeader(reply).rcode, 0);
  assert.equal(running.server.counters().inFlight, 0);
});

test("a fault of ours is SERVFAIL, not silence", async () => {
  let zones = 0;
  const zone = () => {
    zones += 1;
    if (zones === 1) throw new Error("no zone");
    return exampleZone();
  };
  await using running = await startServer({
    zone,
    forwarder: { forward: async () => Promise.reject(new Error("x")), close: async () => {} },
  });

  const withoutZone = await exchangeRaw(running.port, message("web.e1.test"));
  const foreign = await exchangeRaw(running.port, message("example.com"));

  assert.deepEqual(
    [withoutZone, foreign].map((reply) => reply && readHeader(reply).rcode),
    [2, 2],
  );
  assert.equal(running.server.counters().faults, 2);
});

test("closing answers what is in flight, takes nothing more and frees the port", async () => {
  const { forwarder, releases } = createHeldForwarder();
  const running = await startServer({ forwarder });
  const pending = exchangeRaw(running.port, message("example.com"));
  const connection = untilClosed(running.port, encodeFrame(message("example.com")));
  await waitFor(() => (releases.length === 2 ? true : null), { timeoutMs: 5_000 });

  const closing = running.server.close();
  for (const release of releases) release();
  await closing;

  assert.ok(await pending);
  assert.equal((await connection).received.length, 2 + message("example.com").length);
  const again = createDnsServer({
    address: "127.0.0.1",
    port: running.port,
    zone: () => exampleZone(),
    forwarder,
    log: silentLogger,
  });
  assert.equal((await again.start()).port, running.port);
  await again.close();
  await again.close();
});

for (const transport of ["udp", "tcp"]) {
  test(`a port that is taken for ${transport} is CILO_PORT_IN_USE`, async () => {
    const other =
      transport === "udp" ? createSocket("udp4").bind(0, "127.0.0.1") : createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    const server = createDnsServer({
      address: "127.0.0.1",
      port,
      zone: () => exampleZone(),
      forwarder: createHeldForwarder().forwarder,
      log: silentLogger,
    });

    await assert.rejects(server.start(), { code: "CILO_PORT_IN_USE", details: { address: "127.0.0.1", port } });

    await server.close();
    other.close();
  });
}

test("an address of another machine is CILO_LISTEN_FAILED", async () => {
  const server = createDnsServer({
    address: "192.0.2.1",
    port: 0,
    zone: () => exampleZone(),
    forwarder: createHeldForwarder().forwarder,
    log: silentLogger,
  });

  await assert.rejects(server.start(), { code: "CILO_LISTEN_FAILED" });
});
