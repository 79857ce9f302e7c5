import assert from "node:assert/strict";
import { test } from "node:test";
import { toFailureAnswer } from "../../../src/dns/forward/failure.ts";
import type { FinalResult } from "../../../src/dns/forward/flight.ts";
import { parseUpstreamReply, writeReply } from "../../../src/dns/forward/relay.ts";
import { replyTo } from "../fake-upstream.ts";
import { message, opt, readHeader, toWords } from "../messages.ts";
import { extendedErrorOf, toQuery } from "./test-forwarder.ts";

const query = toQuery(message("example.com", { counts: [1, 0, 0, 1], rest: opt() }));
const server = { address: "192.0.2.1", port: 53 };
const silence = { server, reason: "connection refused", reply: null };
const asked = [{ server, transport: "udp" as const, outcome: "connection refused", elapsedMs: 1 }];
const refusal = (flags: number, data?: Buffer) => {
  const rest = data === undefined ? {} : { counts: [0, 0, 1] as [number, number, number], records: [opt({ data })] };
  return { server, reason: "", reply: parseUpstreamReply(replyTo(query.packet, { flags, ...rest })) };
};
const bogus = toWords([15, 2, 6]);

const rows: { title: string; result: Exclude<FinalResult, { kind: "answered" }>; code: number }[] = [
  { title: "the end of the server", result: null, code: 14 },
  { title: "no server to ask", result: { kind: "failed", failures: [], asked: [], known: 0 }, code: 14 },
  { title: "no socket in time", result: { kind: "failed", failures: [], asked: [], known: 1 }, code: 14 },
  { title: "silence", result: { kind: "failed", failures: [silence], asked, known: 1 }, code: 23 },
  { title: "a refusal", result: { kind: "failed", failures: [silence, refusal(0x8185)], asked, known: 2 }, code: 22 },
  {
    title: "SERVFAIL without a reason",
    result: { kind: "failed", failures: [refusal(0x8182)], asked, known: 1 },
    code: 22,
  },
  {
    title: "SERVFAIL with a reason",
    result: { kind: "failed", failures: [refusal(0x8185), refusal(0x8182, bogus)], asked, known: 2 },
    code: 6,
  },
  {
    title: "REFUSED with a reason, which is between the server and us",
    result: { kind: "failed", failures: [refusal(0x8185, toWords([15, 2, 18]))], asked, known: 1 },
    code: 22,
  },
];

for (const { title, result, code } of rows) {
  test(`85, 87, 95: ${title} is SERVFAIL with extended error ${code}`, () => {
    const reply = writeReply(query, toFailureAnswer(query, result), "udp");

    assert.deepEqual([readHeader(reply).rcode, readHeader(reply).counts], [2, [1, 0, 0, 1]]);
    assert.equal(extendedErrorOf(reply), code);
  });
}

test("too many questions for the sockets and no server at all are told apart in words", () => {
  const texts = [0, 1].map((known) =>
    toFailureAnswer(query, { kind: "failed", failures: [], asked: [], known }).packet.toString("latin1"),
  );

  assert.match(texts[0] ?? "", /no upstream DNS server is known/);
  assert.match(texts[1] ?? "", /too many queries are in flight/);
});
