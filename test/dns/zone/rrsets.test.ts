import assert from "node:assert/strict";
import { test } from "node:test";
import { toNameKey } from "../../../src/dns/wire/name.ts";
import { addressRRset, nameServerOf, soaRecord, toAuthority, toRRset } from "../../../src/dns/zone/rrsets.ts";
import { splitRecords } from "./split-records.ts";

const key = (name: string) => toNameKey(name) ?? "";

test("25: addresses become one record each, in numeric order, each once, equally long and with equal TTL", () => {
  const rrset = addressRRset(["10.0.0.10", "10.0.0.9", "10.0.0.10", "::1", "10.0.0.256", ""]);

  const records = rrset === null ? [] : splitRecords(rrset).map((record) => record.toString("hex"));
  assert.deepEqual(records, ["c00c00010001000000010004" + "0a000009", "c00c00010001000000010004" + "0a00000a"]);
  assert.deepEqual([rrset?.count, rrset?.stride], [2, 16]);
});

test("no address gives no records", () => {
  assert.equal(addressRRset([]), null);
  assert.equal(addressRRset(["nonsense"]), null);
});

test("records that are not equally long have no stride", () => {
  const rrset = toRRset(16, [Buffer.from("\x01a"), Buffer.from("\x02bc")]);

  assert.deepEqual([rrset.count, rrset.stride], [2, 0]);
  assert.deepEqual(
    splitRecords(rrset).map((record) => record.subarray(12).toString()),
    ["\x01a", "\x02bc"],
  );
});

test("40: an SOA record has the serial, a negative TTL of one second, and its owner inside the question's name", () => {
  const authority = toAuthority(key("test"), nameServerOf(key("test")));

  const record = soaRecord(authority, key("nope.e1.test"), 0xffff_fffe);

  assert.equal(record.readUInt16BE(0), 0xc000 | (12 + "_nope_e1".length));
  assert.equal(record.readUInt32BE(6), 1);
  assert.equal(record.readUInt32BE(record.length - 4), 1);
  assert.equal(record.readUInt32BE(record.length - 20), 0xffff_fffe);
  assert.equal(record.readUInt16BE(10), record.length - 12);
  assert.equal(authority.soa.readUInt32BE(authority.soa.length - 20), 0);
});
