import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { maxHostnameLength, parseHostname, showHostname, toAsciiHostname } from "../../src/model/custom-hostname.ts";
import { findHostnameHazard } from "../../src/model/hostname-hazards.ts";

describe("parseHostname", () => {
  for (const { text, name, kind = "exact" } of [
    { text: "admin", name: "admin" },
    { text: "Admin.Example.DEV.", name: "admin.example.dev" },
    { text: "my_db.example.dev", name: "my_db.example.dev" },
    { text: "bücher.example", name: "xn--bcher-kva.example" },
    { text: "BÜCHER.example", name: "xn--bcher-kva.example" },
    { text: "bu\u0308cher.example", name: "xn--bcher-kva.example" },
    { text: "xn--bcher-kva.example", name: "xn--bcher-kva.example" },
    { text: "XN--BCHER-KVA.example", name: "xn--bcher-kva.example" },
    { text: "faß.example", name: "xn--fa-hia.example" },
    { text: "例え.テスト", name: "xn--r8jz45g.xn--zckzah" },
    { text: "a。b.example。", name: "a.b.example" },
    { text: "*.shop.example", name: "shop.example", kind: "wildcard" },
    { text: "*.bücher.example", name: "xn--bcher-kva.example", kind: "wildcard" },
    { text: "*", name: "", kind: "wildcard" },
    { text: "123", name: "123" },
    { text: `${"a.".repeat(126)}b`, name: `${"a.".repeat(126)}b` },
  ]) {
    test(`takes ${text.slice(0, 30)} as ${kind} ${name.slice(0, 30)}`, () => {
      assert.deepEqual(parseHostname(text), { kind, name });
    });
  }

  for (const { text, reason } of [
    { text: "", reason: "it is empty" },
    { text: ".", reason: "it is empty" },
    { text: "a..b", reason: '"" is no label (letters, digits and inner hyphens)' },
    { text: "-bad.example", reason: '"-bad" is no label (letters, digits and inner hyphens)' },
    { text: "a b.example", reason: '"a b" is no label (letters, digits and inner hyphens)' },
    { text: "x.*.example", reason: 'only the first label can be "*"' },
    { text: "*.*.example", reason: 'only the first label can be "*"' },
    { text: "x*.example", reason: '"x*" is no label (letters, digits and inner hyphens)' },
    { text: "*.dev", reason: "it would take a whole top-level domain" },
    { text: "10.0.0.1", reason: "it ends in a number, as addresses do" },
    { text: "１０.０.０.１", reason: "it ends in a number, as addresses do" },
    { text: "shop.1", reason: "it ends in a number, as addresses do" },
    { text: "xn--a.example", reason: "its encoded form (xn--) is not that of any letters" },
    { text: "xn--bcher-kva-.example", reason: '"xn--bcher-kva-" is no label (letters, digits and inner hyphens)' },
    { text: "xn--abc-.example", reason: '"xn--abc-" is no label (letters, digits and inner hyphens)' },
    {
      text: `${"a".repeat(64)}.example`,
      reason: `its label "${"a".repeat(64)}" is 64 characters long, the limit is 63`,
    },
    { text: `${"a.".repeat(126)}bc`, reason: "it is 254 characters long, the limit is 253" },
    { text: `*.${"a.".repeat(125)}bc`, reason: "it is 254 characters long, the limit is 253" },
    { text: "bü/x.example", reason: '"bü/x" is no label (letters, digits and inner hyphens)' },
    { text: "bü%2e.example", reason: '"bü%2e" is no label (letters, digits and inner hyphens)' },
    { text: "bü:80.example", reason: '"bü:80" is no label (letters, digits and inner hyphens)' },
  ]) {
    test(`refuses ${JSON.stringify(text.slice(0, 30))}: ${reason.slice(0, 60)}`, () => {
      assert.deepEqual(parseHostname(text), { kind: "invalid", reason });
    });
  }

  test("whatever it takes is a name of ASCII, which it takes as it is, within a name's length", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.domain(),
      fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { minLength: 1 }).map((it) => it.join(".")),
    );
    fc.assert(
      fc.property(text, (entry) => {
        const hostname = parseHostname(entry);
        if (hostname.kind === "invalid") return;

        assert.match(hostname.name, /^[a-z0-9_.-]*$/);
        assert.ok(hostname.name.length <= maxHostnameLength);
        if (hostname.name !== "") assert.deepEqual(parseHostname(hostname.name).kind === "invalid", false);
        assert.equal(toAsciiHostname(hostname.name), hostname.name);
      }),
    );
  });
});

for (const { ascii, shown } of [
  { ascii: "shop.example", shown: "shop.example" },
  { ascii: "xn--bcher-kva.example", shown: "bücher.example (xn--bcher-kva.example)" },
  { ascii: "*.xn--bcher-kva.example", shown: "*.bücher.example (*.xn--bcher-kva.example)" },
  { ascii: "xn--a.example", shown: "xn--a.example" },
]) {
  test(`shows ${ascii} as ${shown}`, () => {
    assert.equal(showHostname(ascii), shown);
  });
}

for (const { name, isHazard } of [
  { name: "shop.example.dev", isHazard: true },
  { name: "*.example.app", isHazard: true },
  { name: "printer.local", isHazard: true },
  { name: "shop.localhost", isHazard: true },
  { name: "shop.example.com", isHazard: false },
  { name: "dev.example.test", isHazard: false },
  { name: "web.login.test", isHazard: false },
]) {
  test(`${name} ${isHazard ? "may not" : "will"} work`, () => {
    assert.equal(findHostnameHazard(name) !== null, isHazard);
  });
}
