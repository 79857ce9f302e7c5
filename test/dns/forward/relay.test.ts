import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUpstreamReply, toSharedAnswer, writeReply } from "../../../src/dns/forward/relay.ts";
import { isReplyTo } from "../../../src/dns/forward/upstream-query.ts";
import { readCorpus } from "../corpus.ts";
import { record, replyTo } from "../fake-upstream.ts";
import { message, opt, readHeader, toWords } from "../messages.ts";
import { toQuery } from "./test-forwarder.ts";

const query = message("Example.com", { counts: [1, 0, 0, 1], rest: opt() });
const address = record(1, Buffer.from([192, 0, 2, 1]));

function relay(reply: Buffer, { flags = 0x0120, server = "192.0.2.53" } = {}): Buffer | null {
  const parsed = parseUpstreamReply(reply);
  const asked = toQuery(
    Buffer.from(query)
      .fill(flags >> 8, 2, 3)
      .fill(flags & 0xff, 3, 4),
  );
  return parsed && writeReply(asked, toSharedAnswer(asked, parsed, { address: server, port: 53 }), "udp");
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

for (const { title, textBytes, relayedBytes, data } of [
  { title: "that fit stay in a truncated reply", textBytes: 600, relayedBytes: 646, data: 606 },
  { title: "that do not fit even in a truncated reply are left out", textBytes: 60_000, relayedBytes: 40, data: 0 },
]) {
  test(`65: extended errors ${title}`, () => {
    const error = Buffer.concat([toWords([15, 2 + textBytes, 6]), Buffer.alloc(textBytes, "x")]);
    const records = [...Array.from({ length: 100 }, () => address), opt({ data: error })];

    const relayed = relay(replyTo(query, { counts: [100, 0, 1], records }));

    assert.ok(relayed);
    assert.deepEqual([relayed.length, relayed.readUInt16BE(38)], [relayedBytes, data]);
    assert.deepEqual([readHeader(relayed).flags, readHeader(relayed).counts], ["qr tc rd ra", [1, 0, 0, 1]]);
  });
}

test("octets after the last record are not relayed", () => {
  const reply = replyTo(query, { counts: [1, 0, 0], records: [address, Buffer.from("rubbish")] });

  assert.deepEqual(relay(reply)?.subarray(29), Buffer.concat([address, opt()]));
});

for (const { title, flags, server, expected } of [
  { title: "a loopback upstream is handed on", flags: 0x0120, server: "127.0.0.53", expected: "qr rd ra ad" },
  { title: "a loopback upstream is handed on over IPv6", flags: 0x0120, server: "::1", expected: "qr rd ra ad" },
  { title: "a loopback upstream is kept from who did not ask", flags: 0x0100, server: "::1", expected: "qr rd ra" },
  { title: "any other upstream is cleared", flags: 0x0120, server: "192.0.2.53", expected: "qr rd ra" },
]) {
  test(`93: AD of ${title}, and Z is cleared`, () => {
    const relayed = relay(replyTo(query, { flags: 0x81e0 }), { flags, server });

    assert.equal(relayed && readHeader(relayed).flags, expected);
  });
}

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
