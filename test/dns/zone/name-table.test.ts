import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toNameKey } from "../../../src/dns/wire/name.ts";
import { foldedOctets, hashOctet } from "../../../src/dns/zone/name-hash.ts";
import { NameTable } from "../../../src/dns/zone/name-table.ts";

/** Octets of zero at the end leave the hash as it is, so many of these keys have the same one. */
const collidingKey = fc.string({ unit: fc.constantFrom("\0", "\0", "a", "b"), maxLength: 4 });
const key = fc.oneof(collidingKey, fc.string({ unit: fc.constantFrom(..."\x01\x02web.te-st"), maxLength: 12 }));
const action = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, value: fc.nat() }),
  fc.record({ kind: fc.constant("delete" as const), key, value: fc.constant(0) }),
);

function contentOf<T>(table: NameTable<T>): Map<string, T> {
  return new Map([...table.entries()].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function sorted<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Looks a name up as if it stood in a packet, after twelve octets of header. */
function findIn<T>(table: NameTable<T>, octets: Buffer): T | undefined {
  const packet = Buffer.concat([Buffer.alloc(12, 0xff), octets, Buffer.of(0)]);
  const hash = octets.reduceRight((sum, octet) => hashOctet(sum, foldedOctets[octet] ?? 0), 0);
  return table.find(packet, 12, 12 + octets.length, hash);
}

test("a table has what a map has after the same changes, in any number of edits, and every earlier table stays as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.array(action, { maxLength: 60 }), { maxLength: 6 }), (edits) => {
      const map = new Map<string, number>();
      let table = NameTable.empty<number>();
      const kept: { table: NameTable<number>; content: Map<string, number> }[] = [];
      for (const actions of edits) {
        const edit = table.edit();
        for (const { kind, key, value } of actions) {
          if (kind === "set") {
            edit.set(key, value);
            map.set(key, value);
          } else {
            edit.delete(key);
            map.delete(key);
          }
          assert.equal(edit.get(key), map.get(key));
        }
        table = edit.finish();
        kept.push({ table, content: sorted(map) });
      }

      for (const { table, content } of kept) {
        assert.deepEqual(contentOf(table), content);
        assert.equal(table.size, content.size);
        for (const [key, value] of content) assert.equal(findIn(table, Buffer.from(key, "latin1")), value);
      }
    }),
    { numRuns: 300 },
  );
});

test("the same names make tables of the same shape, whatever came and went before", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(collidingKey, { maxLength: 30 }),
      fc.uniqueArray(key, { maxLength: 30 }),
      (some, other) => {
        const direct = NameTable.empty<true>().edit();
        for (const key of some.toSorted()) direct.set(key, true);
        const detour = NameTable.empty<true>().edit();
        for (const key of [...other, ...some].toReversed()) detour.set(key, true);
        for (const key of other) if (!some.includes(key)) detour.delete(key);

        // Keys with an octet of zero have a hash of another, and of those the last one set comes first.
        const order = (table: NameTable<true>) => [...table.keys()].filter((key) => !key.includes("\0"));
        assert.deepEqual(order(detour.finish()), order(direct.finish()));
      },
    ),
  );
});

/** Names whose hashes have their last twelve bits in common, so that they part in the third level of a table at best. */
const lateKeys = Array.from({ length: 100_000 }, (_, index) => `\x06${index}`).filter(
  (key) => (Buffer.from(key, "latin1").reduceRight(hashOctet, 0) & 0xfff) === 0x123,
);

test("names whose hashes part late are told apart, and a table that shrinks has the shape of one that never grew", () => {
  assert.ok(lateKeys.length > 10);

  fc.assert(
    fc.property(fc.shuffledSubarray(lateKeys), fc.shuffledSubarray(lateKeys), (some, gone) => {
      const edit = NameTable.empty<string>().edit();
      for (const key of some) edit.set(key, key);
      const grown = edit.finish();
      for (const key of gone) edit.delete(key);
      const left = some.filter((key) => !gone.includes(key));
      const direct = NameTable.empty<string>().edit();
      for (const key of left) direct.set(key, key);

      assert.deepEqual([...grown.keys()].sort(), some.toSorted());
      assert.deepEqual([...edit.finish().keys()], [...direct.finish().keys()]);
      for (const key of some) assert.equal(findIn(grown, Buffer.from(key, "latin1")), key);
    }),
  );
});

test("names whose hashes are equal are kept apart", () => {
  const keys = ["\x01a", "\x01a\0", "\x01a\0\0"];
  const edit = NameTable.empty<string>().edit();
  for (const key of keys) edit.set(key, key);
  const all = edit.finish();

  const later = all.edit();
  later.delete("\x01a\0");
  const two = later.finish();

  assert.deepEqual(
    keys.map((key) => all.get(key)),
    keys,
  );
  assert.deepEqual(
    keys.map((key) => two.get(key)),
    ["\x01a", undefined, "\x01a\0\0"],
  );
  assert.deepEqual([all.size, two.size], [3, 2]);
});

test("22: a name is found in a packet in any case of its letters, and no other octet is folded", () => {
  const edit = NameTable.empty<string>().edit();
  const name = toNameKey("web.e1.test") ?? "";
  edit.set(name, "web");
  edit.set("\x02\xe0[", "letters beside A to Z");
  const table = edit.finish();

  assert.equal(findIn(table, Buffer.from("\x03WeB\x02E1\x04tESt")), "web");
  assert.equal(findIn(table, Buffer.from("\x02\xe0[", "latin1")), "letters beside A to Z");
  assert.equal(findIn(table, Buffer.from("\x02\xc0[", "latin1")), undefined);
  assert.equal(findIn(table, Buffer.from("\x02\xe0{", "latin1")), undefined);
});

test("an edit that goes on after it made a table leaves that table alone", () => {
  const edit = NameTable.empty<number>().edit();
  edit.set("\x01a", 1);
  const first = edit.finish();

  edit.set("\x01a", 2);
  edit.set("\x01b", 3);

  assert.deepEqual([first.get("\x01a"), first.get("\x01b"), first.size], [1, undefined, 1]);
});

test("a change among 100,000 names does not take time for all of them", () => {
  const edit = NameTable.empty<number>().edit();
  for (let index = 0; index < 100_000; index += 1) edit.set(`\x06${index}`, index);
  let table = edit.finish();
  const started = performance.now();

  // Copying all names each time would take half a minute at least.
  for (let index = 0; index < 10_000; index += 1) {
    const change = table.edit();
    change.set(`\x06${index}`, -index);
    table = change.finish();
  }

  assert.ok(performance.now() - started < 10_000);
  assert.equal(table.size, 100_000);
  assert.equal(table.get("\x067777"), -7777);
});
