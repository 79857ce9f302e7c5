import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseLogLine, readLogFile } from "../../src/daemon/log-file.ts";

const started =
  '{"level":30,"time":"2026-11-20T12:00:00.000Z","pid":7,"address":"127.0.0.1","port":5354,"msg":"answering"}';
const query =
  '{"level":30,"time":"2026-11-20T12:00:01.000Z","pid":7,"client":"127.0.0.1:4","transport":"udp","name":"a.test","recordType":"A","rcode":"NOERROR","source":"zone","upstream":null,"elapsedMs":0.1,"msg":"query"}';

describe("a line of the daemon's log file", () => {
  const cases: [string, string, Record<string, unknown>][] = [
    [
      "of the log itself",
      started,
      {
        type: "log",
        time: "2026-11-20T12:00:00.000Z",
        level: "info",
        message: "answering",
        fields: { address: "127.0.0.1", port: 5354 },
      },
    ],
    [
      "for a query",
      query,
      {
        type: "query",
        time: "2026-11-20T12:00:01.000Z",
        client: "127.0.0.1:4",
        transport: "udp",
        name: "a.test",
        recordType: "A",
        rcode: "NOERROR",
        source: "zone",
        upstream: null,
        elapsedMs: 0.1,
      },
    ],
    [
      "of a stack",
      "    at listen (server.js:1:1)",
      { type: "log", time: null, level: null, message: "    at listen (server.js:1:1)", fields: {} },
    ],
    ["that is JSON of something else", "[1]", { type: "log", time: null, level: null, message: "[1]", fields: {} }],
  ];
  for (const [what, text, expected] of cases) {
    test(what, () => assert.deepEqual(parseLogLine(text), expected));
  }
});

describe("the end of the daemon's log file", () => {
  let directory: string;
  let path: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-log-file-"));
    path = join(directory, "daemon.log");
    const long = `${"x".repeat(1_000)}\n`.repeat(2_000);
    await writeFile(path, `${long}${started}\n${query}\nlast word`);
  });
  after(() => rm(directory, { recursive: true }));

  test("is its last lines, whatever its length, whole ones only", async () => {
    const two = await readLogFile(path, { queries: false, tail: 2 });
    const all = await readLogFile(path, { queries: false, tail: 1_000_000 });

    assert.deepEqual(
      two?.records.map((record) => record.type === "log" && record.message),
      ["answering", "last word"],
    );
    assert.ok(all && all.records.length > 1_000);
    assert.ok(all.records.slice(0, -2).every((record) => record.type === "log" && record.message.length === 1_000));
  });

  test("is of the kind that is asked for", async () => {
    const queries = await readLogFile(path, { queries: true, tail: 5 });

    assert.deepEqual(queries?.records, [parseLogLine(query)]);
  });

  test("has nothing when nothing is asked for, and is null when there is no file", async () => {
    assert.deepEqual((await readLogFile(path, { queries: false, tail: 0 }))?.records, []);
    assert.equal(await readLogFile(join(directory, "none"), { queries: false, tail: 1 }), null);
  });

  test("that is another user's is said to be so", {
    skip: process.getuid?.() === 0 && "root may read all",
  }, async () => {
    const secret = join(directory, "secret");
    await writeFile(secret, started, { mode: 0 });

    await assert.rejects(readLogFile(secret, { queries: false, tail: 1 }), {
      code: "CILO_PERMISSION_DENIED",
      hint: /^run "ls -ld /,
    });
  });
});
