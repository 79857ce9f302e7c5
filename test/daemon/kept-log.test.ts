import assert from "node:assert/strict";
import { test } from "node:test";
import { type Logger, silentLogger } from "../../src/base/log.ts";
import { keepLog } from "../../src/daemon/kept-log.ts";

const clock = { now: () => new Date("2026-11-20T12:00:00.000Z"), monotonicMs: () => 0 };

test("what is logged is written as before, kept, and handed to whoever watches, debug lines apart", () => {
  const written: string[] = [];
  const write = (level: string) => (_: unknown, message: string) => void written.push(`${level} ${message}`);
  const log: Logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const kept = keepLog({ log, clock });
  const seen: string[] = [];
  const unwatch = kept.watch((toLine) => seen.push(toLine()));

  kept.log.debug({ name: "private.example" }, "no upstream answered");
  kept.log.warn({ source: "none" }, "no upstream found");
  unwatch();
  kept.log.error({}, "bad luck");

  const warning = {
    type: "log",
    time: "2026-11-20T12:00:00.000Z",
    level: "warn",
    message: "no upstream found",
    fields: { source: "none" },
  };
  assert.deepEqual(written, ["debug no upstream answered", "warn no upstream found", "error bad luck"]);
  assert.deepEqual(
    seen.map((line) => JSON.parse(line)),
    [warning],
  );
  assert.deepEqual(
    kept.last(9).map((line) => JSON.parse(line).message),
    ["no upstream found", "bad luck"],
  );
});

test("of a line that is too long the message stays", () => {
  const kept = keepLog({ log: silentLogger, clock });

  kept.log.info({ text: "x".repeat(10_000) }, "answering");

  const [line = ""] = kept.last(1);
  assert.ok(line.length < 200);
  assert.equal(JSON.parse(line).message, "answering");
});
