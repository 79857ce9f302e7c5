import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { hasRebindingAddress } from "../../../src/dns/forward/rebind-filter.ts";
import { parseUpstreamReply } from "../../../src/dns/forward/relay.ts";
import { questionOf, record, replyTo } from "../fake-upstream.ts";
import { message, toOctets, toWords } from "../messages.ts";

const query = message("example.com");

function isBlocked(records: Buffer[], subnets: readonly string[] = ["10.224.0.0/16"]): boolean {
  const reply = parseUpstreamReply(replyTo(query, { counts: [records.length, 0, 0], records }));
  assert.ok(reply);
  return hasRebindingAddress(reply, 12 + questionOf(query).length, subnets);
}

function address(text: string): Buffer {
  const bytes = Buffer.from(ipaddr.parse(text).toByteArray());
  return record(bytes.length === 4 ? 1 : 28, bytes);
}

for (const { text, expected } of [
  { text: "127.0.0.1", expected: true },
  { text: "127.255.0.9", expected: true },
  { text: "0.0.0.0", expected: true },
  { text: "10.224.0.1", expected: true },
  { text: "10.224.255.254", expected: true },
  { text: "::1", expected: true },
  { text: "::", expected: true },
  { text: "::ffff:127.0.0.1", expected: true },
  { text: "::ffff:10.224.1.2", expected: true },
  { text: "10.223.0.1", expected: false },
  { text: "10.225.0.1", expected: false },
  { text: "192.168.1.1", expected: false },
  { text: "172.16.0.1", expected: false },
  { text: "192.0.2.1", expected: false },
  { text: "fd00::1", expected: false },
  { text: "2001:db8::1", expected: false },
]) {
  test(`100: ${text} is ${expected ? "blocked" : "let through"}`, () => {
    assert.equal(isBlocked([address(text)]), expected);
  });
}

test("100: any address is blocked where ipaddr.js finds it in one of the ranges", () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.tuple(fc.constantFrom(0, 10, 127), fc.constantFrom(0, 223, 224, 225, 255)).map((two) => [...two, 1, 2]),
    fc
      .tuple(fc.constantFrom(0, 0xff), fc.constantFrom(0, 0xff), fc.constantFrom(0, 10, 127), fc.nat({ max: 2 }))
      .map(([a, b, c, d]) => [...Buffer.alloc(10), a, b, c, 224, 0, d]),
  );
  fc.assert(
    fc.property(
      octets,
      fc.constantFrom("10.224.0.0/16", "10.224.1.0/17", "0.0.0.0/0", "200.1.2.3/32"),
      (bytes, base) => {
        const parsed = ipaddr.fromByteArray([...bytes]);
        const address = ipaddr.process(parsed.toString());
        const isInBase = address instanceof ipaddr.IPv4 && address.match(ipaddr.IPv4.parseCIDR(base));
        const expected = isInBase || ["loopback", "unspecified"].includes(address.range());

        assert.equal(isBlocked([record(bytes.length === 4 ? 1 : 28, Buffer.from(bytes))], [base]), expected);
      },
    ),
  );
});

test("100: one such address is enough, behind an alias and others", () => {
  assert.equal(isBlocked([record(5, toOctets("a.example")), address("192.0.2.1"), address("127.0.0.1")]), true);
});

for (const { what, key, hint, expected } of [
  { what: "an IPv4 hint of this machine", key: 4, hint: "c0000201 7f000001", expected: true },
  { what: "an IPv6 hint of this machine", key: 6, hint: "00000000000000000000000000000001", expected: true },
  { what: "a hint of another machine", key: 4, hint: "c0000201", expected: false },
  { what: "another parameter with the same octets", key: 1, hint: "7f000001", expected: false },
  { what: "a hint of a wrong length", key: 4, hint: "7f0000", expected: false },
]) {
  test(`100: a service binding with ${what} is ${expected ? "blocked" : "let through"}`, () => {
    const value = Buffer.from(hint.replaceAll(" ", ""), "hex");
    const alpn = Buffer.from("00010003026832", "hex");
    const data = Buffer.concat([toWords([1]), toOctets("svc.example"), alpn, toWords([key, value.length]), value]);

    assert.deepEqual([isBlocked([record(65, data)]), isBlocked([record(64, data)])], [expected, expected]);
  });
}

test("100: a service binding that is cut short is let through without an exception", () => {
  const data = Buffer.concat([toWords([1]), toOctets("svc.example"), toWords([4, 4]), Buffer.from([127, 0, 0])]);

  for (let length = 0; length <= data.length; length += 1) {
    assert.equal(isBlocked([record(65, data.subarray(0, length))]), false);
  }
});

test("100: other types and data of a wrong length are no addresses", () => {
  assert.equal(isBlocked([record(16, Buffer.from([127, 0, 0, 1])), record(1, Buffer.from([127, 0, 0]))]), false);
});

test("100: without a subnet of environments this machine's addresses are blocked all the same", () => {
  assert.deepEqual([isBlocked([address("127.0.0.1")], []), isBlocked([address("10.224.1.1")], [])], [true, false]);
});
