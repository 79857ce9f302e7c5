import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countLabels, formatName, parentOf, toKeyFromWire, toNameKey, toWireName } from "../../../src/dns/wire/name.ts";

const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/);
const name = fc.array(label, { maxLength: 3 }).map((labels) => labels.join("."));

test("a name comes back from its wire form", () => {
  fc.assert(
    fc.property(name, (text) => {
      const key = toNameKey(text);
      assert.ok(key !== null);

      const wire = toWireName(key);

      assert.equal(toKeyFromWire(wire, 0, wire.length - 1), key);
      assert.equal(formatName(key), text === "" ? "." : text);
    }),
  );
});

test("every parent has one label less, down to the root", () => {
  fc.assert(
    fc.property(name, (text) => {
      const key = toNameKey(text) ?? "";
      fc.pre(key !== "");

      assert.equal(countLabels(parentOf(key)), countLabels(key) - 1);
    }),
  );
});

for (const { text, key } of [
  { text: "WEB.test.", key: "\x03web\x04test" },
  { text: ".", key: "" },
  { text: "a..b", key: null },
  { text: ".a", key: null },
  { text: "a".repeat(64), key: null },
  { text: "bücher.test", key: null },
  { text: `${"a".repeat(62)}.`.repeat(4), key: `\x3e${"a".repeat(62)}`.repeat(4) },
  { text: `${"a".repeat(63)}.`.repeat(4), key: null },
]) {
  test(`${JSON.stringify(text.slice(0, 30))} is ${key === null ? "no name" : "a name"}`, () => {
    assert.equal(toNameKey(text), key);
  });
}

test("22: only A to Z are folded", () => {
  const wire = Buffer.from([4, 0x41, 0x5a, 0xc0, 0x5b]);

  assert.equal(toKeyFromWire(wire, 0, 5), "\x04az\u00c0[");
});

test("octets that text cannot show are escaped", () => {
  assert.equal(formatName("\x04a.b \x02\u00ff\\"), "a\\.b\\032.\\255\\\\");
});
