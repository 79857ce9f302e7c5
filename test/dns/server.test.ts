import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { createDnsServer } from "../../src/dns/server.ts";
import { encodeFrame } from "../../src/dns/wire/frames.ts";
import { exampleZone } from "./example-zone.ts";
import { createHeldForwarder } from "./held-forwarder.ts";
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

test("94: a local name is answered at once on a connection where 300 queries wait for upstreams", async () => {
  const { forwarder, releases } = createHeldForwarder();
  await using running = await startServer({ forwarder });
  const foreign = Array.from({ length: 300 }, (_, id) => message("example.com", { id }));

  const [first] = await exchangeStream(running.port, [toStream([...foreign, message("web.e1.test", { id: 300 })])], 1);
  const { inFlight } = running.server.counters();
  for (const release of releases) release();

  assert.equal(first?.readUInt16BE(0), 300);
  assert.equal(inFlight, 300);
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
    forwarder: { ...createHeldForwarder().forwarder, forward: () => Promise.reject(new Error("x")) },
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
