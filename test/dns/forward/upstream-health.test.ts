import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createUpstreamHealth } from "../../../src/dns/forward/upstream-health.ts";
import type { Upstream } from "../../../src/dns/upstreams.ts";
import { TestClock } from "./test-forwarder.ts";

const [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((address) => ({ address, port: 53 })) as [
  Upstream,
  Upstream,
  Upstream,
];
const all = [a, b, c];

function createHealth(random: () => number = () => 0.99) {
  const clock = new TestClock();
  return { clock, health: createUpstreamHealth({ clock, random }) };
}

test("servers nothing is known of are asked in the order they are listed", () => {
  const { health } = createHealth();

  assert.deepEqual(health.rank(all), all);
});

test("the server with the shortest round-trip time is first, and the average follows later ones", () => {
  const { health } = createHealth();
  health.replied(b, 40);
  health.replied(c, 20);

  const first = health.rank(all);
  for (let index = 0; index < 10; index += 1) health.replied(c, 80);
  const later = health.rank(all);

  assert.deepEqual(
    [first, later],
    [
      [c, b, a],
      [b, c, a],
    ],
  );
});

test("one question in twenty goes to another server first", () => {
  const draws = [0.05, 0.049, 0, 0.049, 0.99];
  const { health } = createHealth(() => draws.shift() ?? Number.NaN);

  const ranks = [health.rank(all), health.rank(all), health.rank(all)];

  assert.deepEqual(ranks, [all, [b, a, c], [c, a, b]]);
});

test("a server that fails three times in a row comes last for 30 s, and at once again when it fails after that", () => {
  const { clock, health } = createHealth();
  const states: unknown[] = [];
  const look = () => states.push([health.rank(all)[0], health.status([a])[0]?.state]);
  health.failed(a, "no answer in 300 ms");
  health.failed(a, "no answer in 300 ms");
  look();

  health.failed(a, "connection refused");
  look();
  clock.advance(29_999);
  look();
  clock.advance(1);
  look();
  health.failed(a, "connection refused");
  look();

  assert.deepEqual(states, [
    [a, "failing"],
    [b, "backing-off"],
    [b, "backing-off"],
    [a, "failing"],
    [b, "backing-off"],
  ]);
});

test("a success ends a row of failures", () => {
  const { health } = createHealth();
  for (const outcome of ["failed", "failed", "succeeded", "failed", "failed"]) {
    if (outcome === "failed") health.failed(a, "connection refused");
    else health.succeeded(a);
  }

  assert.equal(health.rank(all)[0], a);
});

test("whatever happened, every server is among those to ask", () => {
  const event = fc.tuple(
    fc.constantFrom(...all),
    fc.constantFrom("replied", "succeeded", "failed", "wait"),
    fc.nat(900),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (events, draw) => {
      const { clock, health } = createHealth(() => draw);
      for (const [server, kind, ms] of events) {
        if (kind === "replied") health.replied(server, ms);
        else if (kind === "succeeded") health.succeeded(server);
        else if (kind === "failed") health.failed(server, "no answer", ms);
        else clock.advance(ms * 20);
      }

      const ranked = health.rank(all);

      assert.deepEqual(new Set(ranked), new Set(all));
      assert.equal(ranked.length, 3);
    }),
  );
});

for (const { rttMs, delayMs } of [
  { rttMs: null, delayMs: 200 },
  { rttMs: 10, delayMs: 200 },
  { rttMs: 150, delayMs: 300 },
  { rttMs: 900, delayMs: 800 },
]) {
  test(`with a round-trip time of ${rttMs} ms the next server is asked after ${delayMs} ms`, () => {
    const { health } = createHealth();
    if (rttMs !== null) health.replied(a, rttMs);

    assert.equal(health.hedgeDelayMs(a), delayMs);
  });
}

test("a server that was silent counts as slow as it was waited for", () => {
  const { health } = createHealth();
  health.replied(a, 10);
  health.replied(b, 20);

  health.failed(a, "no answer in 250 ms", 250);

  assert.deepEqual(health.rank([a, b]), [b, a]);
  assert.equal(health.status([a])[0]?.rttMs, 70);
});

test("the status tells what was sent and what came of it, and others are forgotten when servers change", () => {
  const { health } = createHealth();
  health.sent(a);
  health.sent(a);
  health.replied(a, 12.3456);
  health.failed(a, "SERVFAIL");

  const known = health.status([a, b]);
  health.keepOnly([b]);
  const forgotten = health.status([a]);

  const unknown = { rttMs: null, queries: 0, failures: 0, state: "unknown", lastFailure: null };
  assert.deepEqual(known, [
    { server: "192.0.2.1:53", rttMs: 12.35, queries: 2, failures: 1, state: "failing", lastFailure: "SERVFAIL" },
    { server: "192.0.2.2:53", ...unknown },
  ]);
  assert.deepEqual(forgotten, [{ server: "192.0.2.1:53", ...unknown }]);
});
