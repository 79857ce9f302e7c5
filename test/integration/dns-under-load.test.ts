import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeFrame } from "../../src/dns/wire/frames.ts";
import { buildZone, type Zone } from "../../src/dns/zone.ts";
import { corpusIsMissing, readCorpus } from "../dns/corpus.ts";
import { environment, service } from "../dns/example-zone.ts";
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

test("20: good queries are answered while the corpus comes in by UDP", { skip: corpusIsMissing }, async () => {
  await using running = await startServer({ zone: () => zoneOf(1) });
  const resolver = createResolver(running);
  const attacker = createSocket("udp4");
  attacker.connect(running.port, "127.0.0.1");
  await once(attacker, "connect");

  const corpus = readCorpus();
  for (let start = 0; start < corpus.length; start += 32) {
    for (const packet of corpus.slice(start, start + 32)) attacker.send(packet);

    assert.equal((await resolver.resolve4("web.e1.test")).length, 3);
  }
  attacker.close();

  assert.equal(running.server.counters().faults, 0);
  assert.ok(running.server.counters().received.udp > 1_000);
});

test("20: good queries are answered while the corpus comes in by TCP", { skip: corpusIsMissing }, async () => {
  await using running = await startServer({ zone: () => zoneOf(1) });
  const resolver = createResolver(running);

  const corpus = readCorpus();
  for (let start = 0; start < corpus.length; start += 128) {
    const attacker = connect({ port: running.port, host: "127.0.0.1" });
    attacker.on("error", () => {});
    attacker.resume();
    attacker.end(Buffer.concat(corpus.slice(start, start + 128).map(encodeFrame)));

    assert.equal((await resolver.resolve4("web.e1.test")).length, 3);
    if (!attacker.closed) await once(attacker, "close", { signal: AbortSignal.timeout(5_000) });
  }

  assert.equal(running.server.counters().faults, 0);
  assert.ok(running.server.counters().received.tcp > 1_000);
});
