import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FinalResult, RunningLookup, Waiter } from "../../../src/dns/forward/flight.ts";
import { Flights } from "../../../src/dns/forward/flights.ts";
import type { Forwarded } from "../../../src/dns/forward/forwarded.ts";
import type { LookupResult } from "../../../src/dns/forward/lookup.ts";
import { message } from "../messages.ts";
import { toQuery } from "./test-forwarder.ts";

const query = toQuery(message("example.com"));
const failed: LookupResult = { kind: "failed", failures: [], asked: [], known: 1 };
const stale: Forwarded = { packet: Buffer.from("stale"), source: "stale", server: null, asked: [] };

/** Lookups that end when they are told, and what came of the flights. */
function createFlights() {
  const lookups: { budgetMs: number; end: (result: LookupResult) => void }[] = [];
  const results: FinalResult[] = [];
  const flights = new Flights({
    lookUp: (_query, budgetMs): RunningLookup => {
      const { promise, resolve } = Promise.withResolvers<LookupResult>();
      lookups.push({ budgetMs, end: resolve });
      return { result: promise, cancel: () => resolve({ kind: "cancelled" }) };
    },
    onEnd: (_flight, result) => {
      results.push(result);
      const packet = Buffer.from(`lookup ${lookups.length}`);
      return () => ({ packet, source: "server", server: null, asked: [] });
    },
  });
  return { flights, lookups, results };
}

function waiterOf(giveStale: Waiter["giveStale"] = null): Waiter {
  return { query, transport: "udp", giveStale };
}

test("what old servers say after others have come is not taken, also when they are quicker than the cancelling", async () => {
  const { flights, lookups, results } = createFlights();
  const waiting = Array.from({ length: 40 }, (_, index) => flights.join(`${index}`, waiterOf()));

  const asking = flights.askAgain();
  lookups[39]?.end(failed);
  await asking;
  const askedAgain = lookups.length;
  for (const { end } of lookups) end(failed);
  await Promise.all(waiting);

  assert.equal(askedAgain, 80);
  assert.equal(results.length, 40);
  assert.ok(lookups.every(({ budgetMs }) => budgetMs > 0 && budgetMs <= 3_500));
});

test("questions under way are bounded as well: clients that were given something stale leave theirs behind", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { flights, lookups } = createFlights();
  const waiting = Array.from({ length: 1_000 }, (_, index) =>
    flights.join(
      `${index}`,
      waiterOf(() => stale),
    ),
  );

  t.mock.timers.tick(1_800);
  const given = await Promise.all(waiting);
  const left = flights.waiting;
  const another = flights.join("another", waiterOf());
  const same = flights.join("0", waiterOf());
  lookups[0]?.end(failed);

  assert.ok(given.every((forwarded) => forwarded === stale));
  assert.equal(left, 0);
  assert.equal(another, null);
  assert.equal((await same)?.packet.toString(), "lookup 1000");
});

test("a crowd that waits for one question gets its replies a few at a time", async () => {
  const { flights, lookups } = createFlights();
  let given = 0;
  const waiting = Array.from({ length: 500 }, async () => {
    await flights.join("key", waiterOf());
    given += 1;
  });

  lookups[0]?.end(failed);
  await nextTurn();
  const inFirstTurns = given;
  await Promise.all(waiting);

  assert.ok(inFirstTurns < 500, `${inFirstTurns} at once`);
  assert.deepEqual([given, lookups.length, flights.waiting], [500, 1, 0]);
});

test("a question that has ended is asked anew", async () => {
  const { flights, lookups } = createFlights();

  for (let index = 0; index < 2; index += 1) {
    const waiting = flights.join("key", waiterOf());
    lookups[index]?.end(failed);
    await waiting;
  }

  assert.deepEqual([lookups.length, flights.coalesced], [2, 0]);
});

test("after the end none is taken, and those that waited are told", async () => {
  const { flights, results } = createFlights();
  const waiting = flights.join("key", waiterOf());

  await flights.close();

  assert.equal((await waiting)?.source, "server");
  assert.deepEqual(results, [null]);
  assert.equal(flights.join("key", waiterOf()), null);
});
