import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLogger } from "../../../src/base/log.ts";
import type { Forwarded, Forwarder } from "../../../src/dns/forward.ts";
import type { QueryEvent } from "../../../src/dns/query-event.ts";
import { createQueryCounters } from "../../../src/dns/server/query-counters.ts";
import { createQueryHandler, type QueryHandlerOptions } from "../../../src/dns/server/query-handler.ts";
import { toNameKey } from "../../../src/dns/wire/name.ts";
import { exampleZone } from "../example-zone.ts";
import { message, opt, readHeader, toWords } from "../messages.ts";

const client = { address: "127.0.0.1", port: 40_000 };
const server = { address: "192.0.2.53", port: 53 };
const zone = exampleZone();

/** A forwarder that gives back what it is told to; asked where that is not expected, it throws. */
function forwarderOf(forward: Forwarder["forward"]): Forwarder {
  const unexpected = () => {
    throw new Error("not expected");
  };
  return { forward, writeCached: () => 0, upstreamsChanged: unexpected, status: unexpected, close: unexpected };
}

const noForwarder = forwarderOf(() => {
  throw new Error("the disk of the forwarder is on fire");
});

function makeHandler(options: Partial<QueryHandlerOptions> = {}) {
  const counters = createQueryCounters();
  const handler = createQueryHandler({
    zone: () => zone,
    forwarder: noForwarder,
    isAllowed: () => true,
    isWithheld: () => false,
    observer: () => null,
    counters,
    log: silentLogger,
    ...options,
  });
  return { handler, counters };
}

function replyTo(query: Buffer, rcode = 0): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8180 | rcode, 2);
  return reply;
}

describe("a query", () => {
  test("is answered from the zone, with replies that do not share their octets", () => {
    const { handler, counters } = makeHandler();

    const replies = Array.from({ length: 3_000 }, (_, id) =>
      handler.handle(message("web.e1.test", { id }), "udp", client),
    );

    assert.ok(replies.every((reply, id) => Buffer.isBuffer(reply) && reply.readUInt16BE(0) === id));
    assert.deepEqual(
      { ...counters.read(), results: null },
      { ...idle(), received: { udp: 3_000, tcp: 0 }, local: 3_000, results: null },
    );
    assert.deepEqual(counters.read().results, { noerror: 3_000 });
  });

  test("for a name withheld is answered NXDOMAIN and asked of nobody", () => {
    const { handler } = makeHandler({ isWithheld: (name) => name === toNameKey("use-application-dns.net") });

    const reply = handler.handle(message("use-application-dns.net"), "udp", client);

    assert.ok(Buffer.isBuffer(reply));
    assert.deepEqual(readHeader(reply), { id: 0x1234, opcode: 0, rcode: 3, flags: "qr rd ra", counts: [1, 0, 0, 0] });
  });

  test("of a client that may not ask is refused, whatever it is for", () => {
    const { handler, counters } = makeHandler({ isAllowed: (address) => address === "127.0.0.1" });
    const stranger = { address: "192.0.2.1", port: 5353 };

    const replies = [
      message("web.e1.test"),
      message("example.com"),
      message("web.e1.test", { counts: [2, 0, 0, 0] }),
    ].map((query) => handler.handle(query, "udp", stranger));

    assert.ok(replies.every((reply) => Buffer.isBuffer(reply) && readHeader(reply).rcode === 5));
    assert.equal(handler.handle(replyTo(message("web.e1.test")), "udp", stranger), null);
    assert.equal(counters.read().refusedClients, 4);
  });

  test("that the forwarder breaks on gets SERVFAIL, at once and later", async () => {
    const { handler, counters } = makeHandler();
    const later = makeHandler({ forwarder: forwarderOf(() => Promise.reject(new Error("later"))) });

    const reply = handler.handle(message("example.com"), "udp", client);
    const laterReply = await later.handler.handle(message("example.com"), "udp", client);

    assert.ok(Buffer.isBuffer(reply) && Buffer.isBuffer(laterReply));
    assert.deepEqual([readHeader(reply).rcode, readHeader(laterReply).rcode], [2, 2]);
    assert.deepEqual([counters.read().faults, later.counters.read().faults], [1, 1]);
  });

  test("waits for upstreams without holding up the end of others", async () => {
    const { promise, resolve } = Promise.withResolvers<Forwarded>();
    const { handler } = makeHandler({ forwarder: forwarderOf(() => promise) });
    const query = message("example.com");

    const pending = handler.handle(query, "tcp", client);
    const inFlight = handler.inFlightCount();
    resolve({ packet: replyTo(query), source: "upstream", server, asked: [] });
    await handler.settled();

    assert.equal(inFlight, 1);
    assert.deepEqual(await pending, replyTo(query));
    assert.equal(handler.inFlightCount(), 0);
  });
});

describe("counters", () => {
  test("tell results apart, NODATA and codes above 15 among them", () => {
    const { handler, counters } = makeHandler();
    const badVersion = message("web.e1.test", { counts: [1, 0, 0, 1], rest: opt({ version: 1 }) });

    for (const query of [
      message("web.e1.test"),
      message("web.e1.test", { type: "AAAA" }),
      message("nope.e1.test"),
      message("crowd.e1.test"),
      message("web.e1.test", { class: 3 }),
      message("web.e1.test", { flags: 0x2000 }),
      message("web.e1.test", { counts: [2, 0, 0, 0] }),
      badVersion,
      replyTo(message("web.e1.test")),
    ]) {
      handler.handle(query, "tcp", client);
    }

    const results = { noerror: 2, nodata: 1, nxdomain: 1, refused: 1, notimp: 1, formerr: 1, badvers: 1 };
    assert.deepEqual(counters.read(), { ...idle(), received: { udp: 0, tcp: 9 }, results, local: 4, dropped: 1 });
  });

  test("tell where replies are from", async () => {
    const sources = ["cache", "stale", "upstream", "server"] as const;
    const { handler, counters } = makeHandler({
      forwarder: forwarderOf((query) => ({
        packet: replyTo(query.packet),
        source: sources[query.id] ?? "server",
        server: null,
        asked: [],
      })),
    });

    for (const id of sources.keys()) handler.handle(message("example.com", { id }), "udp", client);

    const { cacheHits, stale, forwarded, local } = counters.read();
    assert.deepEqual({ cacheHits, stale, forwarded, local }, { cacheHits: 1, stale: 1, forwarded: 1, local: 0 });
  });
});

describe("an observer", () => {
  test("is told of every query: what was asked, by whom, and who answered", async () => {
    const events: QueryEvent[] = [];
    const { handler } = makeHandler({
      observer: () => (event) => events.push(event),
      forwarder: forwarderOf(async ({ packet }) => ({
        packet: replyTo(packet, 3),
        source: "upstream",
        server,
        asked: [],
      })),
    });

    handler.handle(message("WEB.e1.test"), "udp", client);
    await handler.handle(message("example.com", { type: "TYPE65280" }), "tcp", { address: "::1", port: 7 });
    handler.handle(Buffer.concat([toWords([1, 0, 1, 0, 0, 0]), Buffer.from([0xc0])]), "udp", client);

    const shown = events.map(({ at: _at, elapsedMs: _elapsedMs, ...rest }) => rest);
    assert.deepEqual(shown, [
      {
        transport: "udp",
        client: "127.0.0.1:40000",
        name: "WEB.e1.test",
        type: "A",
        rcode: "NOERROR",
        source: "zone",
        upstream: null,
      },
      {
        transport: "tcp",
        client: "[::1]:7",
        name: "example.com",
        type: "TYPE65280",
        rcode: "NXDOMAIN",
        source: "upstream",
        upstream: "192.0.2.53:53",
      },
      {
        transport: "udp",
        client: "127.0.0.1:40000",
        name: "",
        type: "",
        rcode: "FORMERR",
        source: "server",
        upstream: null,
      },
    ]);
    assert.ok(events.every(({ at, elapsedMs }) => at > 0 && elapsedMs >= 0));
  });
});

function idle() {
  return {
    received: { udp: 0, tcp: 0 },
    results: {},
    local: 0,
    forwarded: 0,
    cacheHits: 0,
    stale: 0,
    dropped: 0,
    refusedClients: 0,
    faults: 0,
  };
}
