import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { workDepthFirst } from "../../src/workspace/depth-first.ts";

test("does everything that is pushed, newest first, with bounded concurrency", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];

  await workDepthFirst([1], { concurrency: 3 }, async (item, push) => {
    most = Math.max(most, ++running);
    if (item < 100) for (const child of [item * 3, item * 3 + 1, item * 3 + 2]) push(child);
    await setImmediate();
    done.push(item);
    running--;
  });

  assert.equal(done.length, new Set(done).size);
  assert.ok(done.length > 100);
  assert.equal(most, 3);
});

test("begins nothing new after a failure, and ends only when what runs has ended", async () => {
  let ended = 0;

  const work = workDepthFirst([1, 2, 3, 4, 5, 6], { concurrency: 2 }, async (item) => {
    if (item === 6) throw new Error("six");
    await setImmediate();
    ended++;
  });

  await assert.rejects(work, { message: "six" });
  assert.equal(ended, 1);
});

test("stops with the signal's reason", async () => {
  const controller = new AbortController();

  const work = workDepthFirst([0], { concurrency: 1, signal: controller.signal }, async (item, push) => {
    push(item + 1);
    if (item === 10) controller.abort(new Error("enough"));
  });

  await assert.rejects(work, { message: "enough" });
});

test("ends at once when there is nothing to do", async () => {
  await workDepthFirst([], { concurrency: 4 }, async () => assert.fail("nothing to do"));
});
