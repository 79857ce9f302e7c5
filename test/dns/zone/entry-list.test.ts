import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  anchorsOf,
  claimsOf,
  type EntryList,
  firstEntry,
  recordEntriesOf,
  toEntries,
  withEntry,
  withoutEntry,
} from "../../../src/dns/zone/entry-list.ts";
import { reverseEntry } from "../../../src/dns/zone/installation-entries.ts";
import { addressRRset, keyOfConstant } from "../../../src/dns/zone/rrsets.ts";
import { compareEntries, type ZoneEntry } from "../../../src/dns/zone/zone-entry.ts";

const name = keyOfConstant("web.e1.test");
const rrset = addressRRset(["10.224.1.1"]);
assert.ok(rrset !== null);
const [older, younger] = (["shop/e1", "blog/e1"] as const).map((key, index) => {
  return { id: key, key, createdAt: `202${6 + index}` };
});
assert.ok(older !== undefined && younger !== undefined);

const anchor = reverseEntry(name);
const facts = { name, service: "web", rrset };
const claimed = { ...facts, wildcard: false, discovery: null };
const first: ZoneEntry = { ...claimed, kind: "service", source: older };
const second: ZoneEntry = { ...claimed, kind: "hostname", source: older };
const third: ZoneEntry = { ...claimed, kind: "hostname", source: younger };
const address: ZoneEntry = { ...facts, kind: "address", source: older };
const otherAddress: ZoneEntry = { ...facts, kind: "address", source: younger };
/** In the order in which they are kept. */
const all: readonly ZoneEntry[] = [anchor, first, second, third, address, otherAddress];

function listOf(entries: readonly ZoneEntry[]): EntryList {
  return entries.reduce<EntryList>(withEntry, null);
}

test("a list is in order whatever is put in and taken out, and its first entry is the first", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...all]), fc.shuffledSubarray([...all]), (put, taken) => {
      const gone = taken.filter((entry) => put.includes(entry));
      const left = put.filter((entry) => !gone.includes(entry)).sort(compareEntries);

      const list = gone.reduce<EntryList>(withoutEntry, listOf(put));

      assert.deepEqual(toEntries(list), left);
      assert.equal(firstEntry(list), left[0] ?? null);
    }),
  );
});

test("a list of one entry is that entry, and one of none is null", () => {
  const one = listOf([first]);

  assert.equal(one, first);
  assert.equal(withoutEntry(listOf([first, second]), second), first);
  assert.equal(withoutEntry(one, first), null);
});

test("claims, anchors and records are told apart; of several records of one kind the oldest one counts", () => {
  const list = listOf(all.toReversed());

  assert.deepEqual(claimsOf(list), [first, second, third]);
  assert.deepEqual(anchorsOf(list), [anchor]);
  assert.deepEqual(recordEntriesOf(list), [anchor, address]);
});
