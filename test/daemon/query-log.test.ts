import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Logger, silentLogger } from "../../src/base/log.ts";
import { createQueryLog } from "../../src/daemon/query-log.ts";
import type { QueryEvent } from "../../src/dns/query-event.ts";

const event: QueryEvent = {
  at: Date.parse("2026-11-20T12:00:00.250Z"),
  transport: "udp",
  client: "127.0.0.1:40000",
  name: "WeB.login.test",
  type: "A",
  rcode: "NOERROR",
  source: "zone",
  upstream: null,
  elapsedMs: 0.123456,
};

const line = {
  type: "query",
  time: "2026-11-20T12:00:00.250Z",
  transport: "udp",
  client: "127.0.0.1:40000",
  name: "WeB.login.test",
  recordType: "A",
  rcode: "NOERROR",
  source: "zone",
  upstream: null,
  elapsedMs: 0.123,
};

describe("the log of queries", () => {
  test("wants to know of queries only while somebody watches, and keeps none", () => {
    const log = createQueryLog(null);
    const seen: string[] = [];
    assert.equal(log.observer(), null);

    const unwatch = log.watch((toLine) => seen.push(toLine()));
    log.observer()?.(event);
    unwatch();

    assert.equal(log.observer(), null);
    assert.deepEqual(
      seen.map((text) => JSON.parse(text)),
      [line],
    );
    assert.deepEqual(log.last(10), []);
  });

  test("tells everybody who watches, and makes no line that nobody takes", () => {
    const log = createQueryLog(null);
    const seen: string[] = [];
    log.watch(() => {});
    const unwatch = log.watch((toLine) => seen.push(`first ${JSON.parse(toLine()).name}`));
    log.watch((toLine) => seen.push(`second ${JSON.parse(toLine()).name}`));

    log.observer()?.(event);
    unwatch();
    log.observer()?.(event);

    assert.deepEqual(seen, ["first WeB.login.test", "second WeB.login.test", "second WeB.login.test"]);
  });

  test("writes and keeps every query when it was asked to", () => {
    const written: unknown[] = [];
    const sink: Logger = { ...silentLogger, info: (fields, message) => written.push([message, fields]) };
    const log = createQueryLog(sink);

    log.observer()?.(event);

    const { type: _, time: __, ...fields } = line;
    assert.deepEqual(written, [["query", fields]]);
    assert.deepEqual(
      log.last(10).map((text) => JSON.parse(text)),
      [line],
    );
  });
});
