import assert from "node:assert/strict";
import { test } from "node:test";
import { createLookAgain } from "../../src/daemon/look-again.ts";

test("asks for a look after each delay, counted from the last time it was told", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const looks: string[] = [];
  const again = createLookAgain((id) => looks.push(id));

  again.after("blue", [250, 1_500]);
  t.mock.timers.tick(200);
  again.after("blue", [250, 1_500]);
  again.after("green", [1_000]);
  t.mock.timers.tick(249);
  assert.deepEqual(looks, []);
  t.mock.timers.tick(1);
  assert.deepEqual(looks, ["blue"]);
  t.mock.timers.tick(10_000);

  assert.deepEqual(looks, ["blue", "green", "blue"]);
});

test("asks for nothing any more once it was told to forget all", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const looks: string[] = [];
  const again = createLookAgain((id) => looks.push(id));

  again.after("blue", [250, 1_500]);
  t.mock.timers.tick(300);
  again.clear();
  t.mock.timers.tick(10_000);

  assert.deepEqual(looks, ["blue"]);
});
