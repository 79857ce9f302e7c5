import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { describeSilence, watchSilence } from "../../src/controller/watch-silence.ts";

describe("watchSilence", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  test("tells of a silence once, with the last line before it, and of the next again", () => {
    const told: (string | null)[] = [];
    using watch = watchSilence(1_000, (line) => told.push(line));

    mock.timers.tick(5_000);
    watch.note(" Container web  Starting ");
    mock.timers.tick(999);
    watch.note("");
    mock.timers.tick(1);
    mock.timers.tick(5_000);

    assert.deepEqual(told, [null, "Container web  Starting"]);
  });

  test("tells of none while lines come, nor once it is disposed of", () => {
    const told: (string | null)[] = [];
    const watch = watchSilence(1_000, (line) => told.push(line));

    for (let second = 0; second < 5; second += 1) {
      mock.timers.tick(999);
      watch.note("line");
    }
    watch[Symbol.dispose]();
    mock.timers.tick(5_000);

    assert.deepEqual(told, []);
  });
});

describe("describeSilence", () => {
  test("names the last line where there is one", () => {
    assert.match(describeSilence(null), /^docker compose has said nothing for 60 s; /);
    assert.match(describeSilence("Container web  Starting"), /, its last line: "Container web {2}Starting"; /);
  });
});
