import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { mapConcurrently } from "../../../src/controller/verify-isolation/map-concurrently.ts";

describe("mapConcurrently", () => {
  test("keeps the order and has no more than the limit under way", async () => {
    let running = 0;
    let most = 0;

    const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item; turn += 1) await setImmediate();
      running -= 1;
      return item * 10;
    });

    assert.deepEqual(results, [50, 10, 40, 20, 30]);
    assert.equal(most, 2);
  });

  test("after a failure begins nothing more, waits for what is under way and throws it", async () => {
    const ended: number[] = [];

    const work = mapConcurrently([0, 1, 2, 3], 2, async (item) => {
      if (item === 0) throw new Error("first");
      await setImmediate();
      ended.push(item);
    });

    await assert.rejects(work, /first/);
    assert.deepEqual(ended, [1]);
  });
});
