import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { parseQuestion, reverseNameOf } from "../../src/dns/question.ts";

describe("a question as people write it", () => {
  const good: [string, string, string, number][] = [
    ["web.login.test", "A", "web.login.test", 1],
    ["Web.Login.TEST.", "aaaa", "Web.Login.TEST", 28],
    ["bücher.example", "https", "xn--bcher-kva.example", 65],
    ["web。login。test", "A", "web.login.test", 1],
    ["my_db.login.test", "TYPE65280", "my_db.login.test", 65_280],
    ["*.shop.login.test", "1", "*.shop.login.test", 1],
    ["_http._tcp.web.login.test", "SRV", "_http._tcp.web.login.test", 33],
    [".", "NS", ".", 2],
    [`${"a".repeat(63)}.test`, "A", `${"a".repeat(63)}.test`, 1],
  ];
  for (const [name, type, ascii, number] of good) {
    test(`${name} ${type} is ${ascii}, type ${number}`, () => {
      const question = parseQuestion(name, type);

      assert.deepEqual([question.name, question.type], [ascii, number]);
    });
  }

  const bad: [string, string, RegExp, RegExp][] = [
    ["", "A", /^"" is empty$/, /cilo dns query web\.login\.test/],
    ["a..b", "A", /^"a\.\.b" has an empty label/, /cilo dns query/],
    [".test", "A", /has an empty label/, /cilo dns query/],
    ["..", "A", /has an empty label/, /cilo dns query/],
    ["web login.test", "A", /has a space/, /cilo dns query/],
    ["web\u0007.test", "A", /a control character/, /cilo dns query/],
    [`${"a".repeat(64)}.test`, "A", /has a label of 64 octets, the limit is 63$/, /cilo dns query/],
    [`${"a.".repeat(150)}`, "A", /^"(a\.){38}a\.\.\." takes 301 octets, the limit is 255$/, /cilo dns query/],
    [`${"ü".repeat(60)}.test`, "A", /is not a domain name|has a label of/, /cilo dns query/],
    ["10.224.0.10", "A", /^"10\.224\.0\.10" is an address$/, /"cilo dns query --reverse 10\.224\.0\.10"/],
    ["fd00::1", "A", /is an address$/, /--reverse fd00::1/],
    ["http://web.login.test/a", "A", /is a URL$/, /"cilo dns query web\.login\.test"/],
    ["db.login.test:5432", "A", /has a port$/, /"cilo dns query db\.login\.test"/],
    ["web.login.test", "BOGUS", /^"BOGUS" is not a record type$/, /A, AAAA, PTR or TYPE65/],
    ["web.login.test", "TYPE65536", /is not a record type$/, /TYPE65/],
    ["AAAA", "web.login.test", /^"web\.login\.test" is not a record type$/, /"cilo dns query web\.login\.test AAAA"/],
  ];
  for (const [name, type, message, hint] of bad) {
    test(`${JSON.stringify(name.slice(0, 30))} ${type} is refused with what was meant`, () => {
      assert.throws(
        () => parseQuestion(name, type),
        (error) => {
          assert.ok(error instanceof CiloError);
          assert.equal(error.code, "CILO_USAGE");
          assert.match(error.message, message);
          assert.match(error.hint ?? "", hint);
          return true;
        },
      );
    });
  }
});

describe("the reverse name of an address", () => {
  for (const [address, name] of [
    ["10.224.0.10", "10.0.224.10.in-addr.arpa"],
    ["127.0.0.1", "1.0.0.127.in-addr.arpa"],
    ["::ffff:10.0.0.1", "1.0.0.10.in-addr.arpa"],
    ["2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
  ] as const) {
    test(`${address} is ${name}`, () => assert.equal(reverseNameOf(address), name));
  }

  for (const text of ["", "web", "10.0.0", "10.0.0.256", "fe80::1%eth0", "10.0.0.0/8"]) {
    test(`${JSON.stringify(text)} has none`, () =>
      assert.throws(() => reverseNameOf(text), { code: "CILO_USAGE", message: /is not an IP address$/ }));
  }
});
