import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lookupBudgetMs, planAsks } from "../../../src/dns/forward/ask-plan.ts";

const servers = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ address: `192.0.2.${index}`, port: 53 }));

test("one server is asked by UDP, again at 1.5 s, and by TCP at 2 s", () => {
  const plan = planAsks(servers(1), () => 200);

  assert.deepEqual(
    plan.map(({ transport, notBeforeMs, aloneMs }) => [transport, notBeforeMs, aloneMs]),
    [
      ["udp", 0, 200],
      ["udp", 1_500, 200],
      ["tcp", 2_000, 200],
    ],
  );
});

test("the second server is asked when the first has had its time", () => {
  const [first, second] = planAsks(servers(2), ({ address }) => (address.endsWith("0") ? 340 : 200));

  assert.deepEqual([first?.aloneMs, second?.server.address, second?.notBeforeMs], [340, "192.0.2.1", 0]);
});

test("however many and slow the servers, each round reaches all of them before the next begins", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 200, max: 800 }), (count, delayMs) => {
      const plan = planAsks(servers(count), () => delayMs);

      const ends = [1_500, 2_000, lookupBudgetMs];
      for (const [round, endMs] of ends.entries()) {
        const asks = plan.slice(round * count, (round + 1) * count);
        const startMs = asks[0]?.notBeforeMs ?? Number.NaN;
        const taken = asks.reduce((sum, { aloneMs }) => sum + aloneMs, startMs);
        assert.equal(new Set(asks.map(({ server }) => server.address)).size, count);
        assert.ok(taken <= endMs + 0.001, `${taken}`);
      }
    }),
  );
});

test("without servers nothing is planned", () => {
  assert.deepEqual(
    planAsks([], () => 200),
    [],
  );
});
