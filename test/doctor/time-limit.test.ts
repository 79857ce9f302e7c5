import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withinTimeLimit } from "../../src/doctor/time-limit.ts";

const { signal } = new AbortController();
const never = new Promise<string>(() => {});
const giveUp = () => "gave up";

describe("a time limit", () => {
  test("hands on what comes in time, an error too", async () => {
    assert.equal(await withinTimeLimit(Promise.resolve("done"), { limitMs: 10_000, signal, giveUp }), "done");
    await assert.rejects(
      withinTimeLimit(Promise.reject(new Error("no")), { limitMs: 10_000, signal, giveUp }),
      /^Error: no$/,
    );
  });

  test("gives up on what does not", async () => {
    assert.equal(await withinTimeLimit(never, { limitMs: 1, signal, giveUp }), "gave up");
  });

  test("ends with the reason of whoever does not wait any more", async () => {
    const interrupt = new AbortController();
    const reason = new Error("Ctrl-C");

    const waiting = withinTimeLimit(never, { limitMs: 60_000, signal: interrupt.signal, giveUp });
    interrupt.abort(reason);

    await assert.rejects(waiting, reason);
  });
});
