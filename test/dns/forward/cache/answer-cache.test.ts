import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnswerCache, isFresh, isOfUse } from "../../../../src/dns/forward/cache/answer-cache.ts";
import { toEmptyAnswer } from "../../../../src/dns/forward/relay.ts";
import { message } from "../../messages.ts";
import { toQuery } from "../test-forwarder.ts";

const server = { address: "192.0.2.1", port: 53 };
const terms = { lifetimeSeconds: 10, ttlOffsets: [], negativeTtl: null, canBeStale: true };
const small = toEmptyAnswer(toQuery(message("example.com")), 0, Buffer.alloc(0));
const large = toEmptyAnswer(toQuery(message("example.com")), 0, Buffer.alloc(60_000));
const nowMs = Date.UTC(2026, 0, 1);

test("10,000 answers are kept, and the one least recently used goes first", () => {
  const cache = createAnswerCache();
  for (let index = 0; index < 10_000; index += 1) cache.keep(`${index}`, small, { terms, server, nowMs });

  cache.get("0");
  cache.keep("one more", small, { terms, server, nowMs });

  assert.equal(cache.size().entries, 10_000);
  assert.deepEqual([cache.get("0") !== undefined, cache.get("1") !== undefined], [true, false]);
});

test("answers take 8 MiB at most, their keys and lists included", () => {
  const cache = createAnswerCache();

  const manyTtls = { ...terms, ttlOffsets: Array.from({ length: 5_000 }, () => 12) };
  for (let index = 0; index < 500; index += 1) cache.keep(`${index}`, large, { terms: manyTtls, server, nowMs });

  const { entries, bytes } = cache.size();
  assert.ok(entries > 50 && entries < 100, `${entries}`);
  assert.ok(bytes <= 8 * 1024 * 1024 && bytes >= entries * (large.packet.length + 5_000 * 8), `${bytes}`);
});

test("91: a failure does not take the place of an answer that is still of use", () => {
  const cache = createAnswerCache();
  cache.keep("key", small, { terms, server, nowMs });

  cache.keepFailure("key", large, nowMs + 20_000);

  const kept = cache.get("key");
  assert.equal(kept?.packet, small.packet);
  assert.equal(kept?.recheckAtMs, nowMs + 25_000);
});

test("an answer from before the clock was put back is of no use", () => {
  const cache = createAnswerCache();
  cache.keep("key", small, { terms, server, nowMs });
  const kept = cache.get("key");
  assert.ok(kept);

  const looks = [0, 9_999, 10_000, -1].map((offset) => [isFresh(kept, nowMs + offset), isOfUse(kept, nowMs + offset)]);

  assert.deepEqual(looks, [
    [true, true],
    [true, true],
    [false, true],
    [false, false],
  ]);
});

test("what a client gave as a packet is not changed by the cache", () => {
  const cache = createAnswerCache();
  const before = Buffer.from(small.packet);

  cache.keep("key", small, { terms: { ...terms, negativeTtl: { offset: 14, seconds: 99 } }, server, nowMs });

  assert.deepEqual(small.packet, before);
  assert.equal(cache.get("key")?.packet.readUInt32BE(14), 99);
});
