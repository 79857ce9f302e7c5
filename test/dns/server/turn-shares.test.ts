import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createTurnShares } from "../../../src/dns/server/turn-shares.ts";

test("so many are given in one turn, and as many in the next", async () => {
  const turns = createTurnShares(2);
  const take = () => [turns.take(), turns.take(), turns.take()];

  const first = take();
  await nextTurn();
  const second = take();

  assert.deepEqual(first, [true, true, false]);
  assert.deepEqual(second, [true, true, false]);
});

test("those that wait are called in their order, in as many turns as their takings need", async () => {
  const turns = createTurnShares(2);
  const calls: string[] = [];
  const waitFor = (name: string, wanted: number) => {
    let left = wanted;
    const resume = () => {
      calls.push(name);
      left -= turns.take() ? 1 : 0;
      if (left > 0) turns.wait(resume);
    };
    turns.wait(resume);
  };
  waitFor("a", 3);
  waitFor("b", 1);
  waitFor("c", 1);

  const seen: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await nextTurn();
    seen.push(calls.splice(0).join(""));
  }

  assert.deepEqual(seen, ["ab", "ca", "a", ""]);
});

test("who asks twice is called once", async () => {
  const turns = createTurnShares(1);
  let calls = 0;
  const resume = () => {
    calls += 1;
  };

  turns.wait(resume);
  turns.wait(resume);
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();

  assert.equal(calls, 1);
});
