import assert from "node:assert/strict";
import { test } from "node:test";
import { renderLogRecord, renderLogRecordAsJson } from "../../../src/cli/render/dns-logs.ts";
import type { ShownLogRecord } from "../../../src/control/log-records.ts";

const time = "2026-11-20T12:00:00.250Z";
const rows: [ShownLogRecord, string][] = [
  [
    { type: "log", time, level: "warn", message: "no upstream found", fields: { source: "none", leftOut: [{ a: 1 }] } },
    `${time} warn  no upstream found source=none leftOut=[{"a":1}]`,
  ],
  [{ type: "log", time: null, level: null, message: "    at\u001b[31m listen", fields: {} }, "    at\ufffd[31m listen"],
  [
    {
      type: "query",
      time,
      client: "127.0.0.1:4",
      transport: "tcp",
      name: "a\nb.test",
      recordType: "A",
      rcode: "NOERROR",
      source: "upstream",
      upstream: "9.9.9.9:53",
      elapsedMs: 12.3456,
    },
    `${time} 127.0.0.1:4 tcp a b.test A NOERROR 9.9.9.9:53 12.35 ms`,
  ],
  [
    {
      type: "query",
      time,
      client: "127.0.0.1:4",
      transport: "udp",
      name: "",
      recordType: "",
      rcode: "FORMERR",
      source: "server",
      upstream: null,
      elapsedMs: 0,
    },
    `${time} 127.0.0.1:4 udp - FORMERR server 0.00 ms`,
  ],
  [{ type: "dropped", count: 7 }, "... 7 lines are missing: they came faster than they were read"],
];

for (const [record, text] of rows) {
  test(`a record is one line, whatever is in it: ${text.slice(0, 60)}`, () => {
    assert.equal(renderLogRecord(record), `${text}\n`);
    assert.deepEqual(JSON.parse(renderLogRecordAsJson(record)), { schema: 1, ...record });
    assert.equal(renderLogRecordAsJson(record).split("\n").length, 2);
  });
}
