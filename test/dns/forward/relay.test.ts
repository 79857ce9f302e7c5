import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUpstreamReply, relayReply } from "../../../src/dns/forward/relay.ts";
import { isReplyTo } from "../../../src/dns/forward/upstream-query.ts";
import { parseQuery } from "../../../src/dns/wire/query.ts";
import { readCorpus } from "../corpus.ts";
import { record, replyTo } from "../fake-upstream.ts";
import { message, opt, readHeader } from "../messages.ts";

const query = message("Example.com", { counts: [1, 0, 0, 1], rest: opt() });
const address = record(1, Buffer.from([192, 0, 2, 1]));

function parsedQuery(packet: Buffer) {
  const parsed = parseQuery(packet);
  assert.ok(parsed.kind === "query");
  return parsed.query;
}

function relay(reply: Buffer): Buffer | null {
  const parsed = parseUpstreamReply(reply);
  return parsed && relayReply(parsedQuery(query), parsed, { transport: "udp", trusted: false });
}

test("whatever follows the question, a reply is malformed or relayed within the limit with the question whole", () => {
  const tails = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.constantFrom(Buffer.alloc(0), ...readCorpus().map((packet) => packet.subarray(12))),
  );
  const count = fc.constantFrom(0, 1, 2, 3, 65_535);
  fc.assert(
    fc.property(tails, fc.tuple(count, count, count), fc.nat({ max: 0xffff }), (tail, counts, flags) => {
      const reply = replyTo(query, { flags: flags | 0x8000, counts, records: [Buffer.from(tail)] });

      const relayed = relay(reply);

      if (relayed === null) return;
      assert.ok(relayed.length <= 1232);
      assert.deepEqual(relayed.subarray(12, 29), query.subarray(12, 29));
      assert.deepEqual([readHeader(relayed).id, relayed.readUInt16BE(4)], [0x1234, 1]);
    }),
    { numRuns: 2_000 },
  );
});

test("what follows an OPT record is not relayed, and what precedes it does not move", () => {
  const reply = replyTo(query, { counts: [1, 0, 3], records: [address, address, opt({ udpBytes: 4096 }), address] });

  const relayed = relay(reply);

  assert.deepEqual(relayed?.subarray(29), Buffer.concat([address, address, opt()]));
  assert.deepEqual(relayed && readHeader(relayed).counts, [1, 1, 0, 2]);
});

test("octets after the last record are not relayed", () => {
  const reply = replyTo(query, { counts: [1, 0, 0], records: [address, Buffer.from("rubbish")] });

  assert.deepEqual(relay(reply)?.subarray(29), Buffer.concat([address, opt()]));
});

test("AD of an upstream that is not trusted is cleared, and Z as well", () => {
  const relayed = relay(replyTo(query, { flags: 0x81e0 }));

  assert.equal(relayed && readHeader(relayed).flags, "qr rd ra");
});

test("81: any octets are the reply to a query only with its id, QR and its question", () => {
  const sent = message("example.com");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 40 }), (noise, at) => {
      const received = Buffer.from(replyTo(sent));
      Buffer.from(noise).copy(received, Math.min(at, received.length));
      const expected =
        received.readUInt16BE(0) === 0x1234 &&
        isSameQuestion(received) &&
        (received.readUInt16BE(2) & 0xf800) === 0x8000;

      assert.equal(isReplyTo(sent, received), expected);
    }),
  );

  function isSameQuestion(received: Buffer): boolean {
    const name = received.subarray(12, -4).toString("latin1").toLowerCase();
    const asked = sent.subarray(12, -4).toString("latin1").toLowerCase();
    return received.readUInt16BE(4) === 1 && name === asked && received.subarray(-4).equals(sent.subarray(-4));
  }
});
