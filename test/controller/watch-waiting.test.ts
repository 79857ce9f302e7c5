import assert from "node:assert/strict";
import { test } from "node:test";
import { watchWaiting } from "../../src/controller/watch-waiting.ts";

const name = "cilo-shop-blue-db-1";
const always = () => true;

test("ends the waiting that lasts longer than it may, counted from when it began", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  using watch = watchWaiting(1000, always);
  watch.note(" web Pulling");
  t.mock.timers.tick(5000);
  watch.note(` Container ${name}  Waiting`);
  t.mock.timers.tick(999);
  assert.ok(!watch.signal.aborted);

  t.mock.timers.tick(1);
  watch.note(` Container ${name}  Error`);

  assert.ok(watch.signal.aborted);
  assert.deepEqual(watch.awaited(), [name]);
});

for (const end of ["Healthy", "Error", "Exited"]) {
  test(`leaves what is ${end} in time alone, and counts anew for what comes after it`, (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    using watch = watchWaiting(1000, always);
    watch.note(` Container ${name}  Waiting`);
    t.mock.timers.tick(900);
    watch.note(` Container ${name}  ${end}`);
    t.mock.timers.tick(900);
    watch.note(" Container cilo-shop-blue-api-1  Waiting");
    t.mock.timers.tick(900);

    assert.ok(!watch.signal.aborted);
    assert.deepEqual(watch.awaited(), ["cilo-shop-blue-api-1"]);
  });
}

test("counts for each container by itself, however their waits overlap", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  using watch = watchWaiting(1000, always);
  for (const number of [1, 2, 3, 4]) {
    watch.note(` Container c-${number}  Waiting`);
    t.mock.timers.tick(400);
    watch.note(` Container c-${number - 1}  Healthy`);
  }

  assert.ok(!watch.signal.aborted);
  t.mock.timers.tick(600);
  assert.ok(watch.signal.aborted);
});

test("gives a job all the time it takes", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  using watch = watchWaiting(1000, (container) => container !== name);
  watch.note(` Container ${name}  Waiting`);
  t.mock.timers.tick(100_000);

  assert.ok(!watch.signal.aborted);
  assert.deepEqual(watch.awaited(), [name]);
});

test("does nothing any more once it is disposed of", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const watch = watchWaiting(1000, always);
  watch.note(` Container ${name}  Waiting`);
  watch[Symbol.dispose]();
  t.mock.timers.tick(2000);

  assert.ok(!watch.signal.aborted);
});
