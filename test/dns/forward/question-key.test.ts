import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toQuestionKey } from "../../../src/dns/forward/question-key.ts";
import { type MessageOptions, message, opt } from "../messages.ts";
import { toQuery } from "./test-forwarder.ts";

const dnssecOk = { counts: [1, 0, 0, 1] as MessageOptions["counts"] & {}, rest: opt({ flags: 0x8000 }) };

for (const { title, other } of [
  { title: "id, case, RD and AD", other: message("eXample.COM", { id: 7, flags: 0x0020 }) },
  { title: "EDNS without DO", other: message("example.com", { counts: [1, 0, 0, 1], rest: opt() }) },
]) {
  test(`${title} make no other question`, () => {
    assert.equal(toQuestionKey(toQuery(other)), toQuestionKey(toQuery(message("example.com"))));
  });
}

for (const { title, other } of [
  { title: "another name", other: message("example.org") },
  { title: "another type", other: message("example.com", { type: "AAAA" }) },
  { title: "another class", other: message("example.com", { class: 3 }) },
  { title: "DO", other: message("example.com", dnssecOk) },
  { title: "CD", other: message("example.com", { flags: 0x0110 }) },
  { title: "a type whose octet is a letter in another case", other: message("example.com", { type: "TYPE97" }) },
]) {
  test(`${title} makes another question`, () => {
    const reference = title.startsWith("a type") ? message("example.com", { type: "TYPE65" }) : message("example.com");

    assert.notEqual(toQuestionKey(toQuery(other)), toQuestionKey(toQuery(reference)));
  });
}

test("keys are the same exactly for names that are the same but for ASCII case", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 5 });
  const name = fc.array(label, { maxLength: 3 });
  const toWire = (labels: Uint8Array[]) =>
    Buffer.concat([...labels.map((octets) => Buffer.from([octets.length, ...octets])), Buffer.from([0])]);
  const fold = (wire: Buffer) => wire.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  fc.assert(
    fc.property(name, name, fc.boolean(), (left, right, isSame) => {
      const [one, two] = [toWire(left), toWire(isSame ? left.map((octets) => octets.map(swapCase)) : right)];

      assert.equal(
        toQuestionKey(toQuery(message(one))) === toQuestionKey(toQuery(message(two))),
        fold(one) === fold(two),
      );
    }),
  );
});

function swapCase(octet: number): number {
  return /[A-Za-z]/.test(String.fromCharCode(octet)) ? octet ^ 0x20 : octet;
}
