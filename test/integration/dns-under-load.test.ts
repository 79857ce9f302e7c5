import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { encodeFrame } from "../../src/dns/wire/frames.ts";
import { buildZone, type Zone } from "../../src/dns/zone.ts";
import { readCorpus } from "../dns/corpus.ts";
import { environment, service } from "../dns/example-zone.ts";
import { mutatedQueries } from "../dns/mutated-queries.ts";
import { type RunningServer, startServer } from "../dns/running-server.ts";

function createResolver(running: RunningServer): Resolver {
  const resolver = new Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${running.port}`]);
  return resolver;
}

/** Three replicas whose addresses tell which zone they are of. */
function addressesOf(serial: number): string[] {
  return [1, 2, 3].map((host) => `10.224.${serial % 256}.${host}`);
}

function zoneOf(serial: number): Zone {
  const environments = [
    environment("shop/e1", { web: service(addressesOf(serial)) }, { subnet: `10.224.${serial % 256}.0/24` }),
  ];
  return buildZone({ environments, suffix: "test", baseSubnet: "10.224.0.0/16", serial });
}

test("42: the query after a change sees it", async () => {
  let zone = zoneOf(1);
  await using running = await startServer({ zone: () => zone });
  const resolver = createResolver(running);

  for (let serial = 2; serial < 102; serial += 1) {
    zone = zoneOf(serial);
    const [addresses, soa] = await Promise.all([resolver.resolve4("web.e1.test"), resolver.resolveSoa("test")]);

    assert.deepEqual(addresses.toSorted(), addressesOf(serial));
    assert.equal(soa.serial, serial);
  }
});

test("a zone that is swapped under load: every reply is of one zone whole, and none is lost", async () => {
  let zone = zoneOf(0);
  let isSwapping = true;
  await using running = await startServer({ zone: () => zone });
  const valid = new Set(Array.from({ length: 256 }, (_, serial) => addressesOf(serial).join()));
  const seen = new Set<string>();

  const clients = Array.from({ length: 20 }, async () => {
    const resolver = createResolver(running);
    while (isSwapping) seen.add((await resolver.resolve4("web.e1.test")).toSorted().join());
  });
  for (let serial = 1; serial <= 1_000; serial += 1) {
    zone = zoneOf(serial);
    await nextTurn();
  }
  isSwapping = false;
  await Promise.all(clients);

  assert.deepEqual(
    [...seen].filter((reply) => !valid.has(reply)),
    [],
  );
  assert.ok(seen.size > 5, `${seen.size} zones were seen`);
});

/** The corpus, where there is one, and as many queries made wrong. */
function badMessages(): Buffer[] {
  return [...readCorpus(), ...fc.sample(mutatedQueries, 5_000)];
}

test("20: good queries are answered while bad ones come in by UDP", async () => {
  const zone = zoneOf(1);
  await using running = await startServer({ zone: () => zone });
  const resolver = createResolver(running);
  const attacker = createSocket("udp4");
  attacker.connect(running.port, "127.0.0.1");
  await once(attacker, "connect");

  const messages = badMessages().filter((message) => message.length > 0);
  for (let start = 0; start < messages.length; start += 32) {
    for (const message of messages.slice(start, start + 32)) attacker.send(message);

    assert.equal((await resolver.resolve4("web.e1.test")).length, 3);
  }
  attacker.close();

  assert.equal(running.server.counters().faults, 0);
  assert.ok(running.server.counters().received.udp > messages.length / 2);
});

test("20: good queries are answered while bad ones come in by TCP", async () => {
  const zone = zoneOf(1);
  await using running = await startServer({ zone: () => zone });
  const resolver = createResolver(running);

  const messages = badMessages();
  for (let start = 0; start < messages.length; start += 128) {
    await sendAndClose(running, Buffer.concat(messages.slice(start, start + 128).map(encodeFrame)), async () => {
      assert.equal((await resolver.resolve4("web.e1.test")).length, 3);
    });
  }

  assert.equal(running.server.counters().faults, 0);
  assert.ok(running.server.counters().received.tcp > 1_000);
});

test("good queries are answered while streams that are no DNS come in by TCP", async () => {
  const zone = zoneOf(1);
  await using running = await startServer({ zone: () => zone });
  const resolver = createResolver(running);
  const streams = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 10_000, size: "max" }), 200);

  for (const stream of streams) {
    await sendAndClose(running, stream, async () => {
      assert.equal((await resolver.resolve4("web.e1.test")).length, 3);
    });
  }

  assert.equal(running.server.counters().faults, 0);
  assert.equal(running.server.counters().tcpConnections, 0);
});

/** Sends a stream on a connection of its own, does something beside it, and waits for the connection's end. */
async function sendAndClose(running: RunningServer, stream: Uint8Array, beside: () => Promise<void>): Promise<void> {
  const attacker = connect({ port: running.port, host: "127.0.0.1" });
  const closed = new Promise<void>((resolve) => attacker.on("close", () => resolve()));
  attacker.on("error", () => {});
  attacker.resume();
  attacker.end(stream);
  await beside();
  await closed;
}
