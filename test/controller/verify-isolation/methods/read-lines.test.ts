import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readAddresses, readOutcomes } from "../../../../src/controller/verify-isolation/methods/read-lines.ts";

describe("readOutcomes", () => {
  test("gives one outcome a question, whatever the order of the lines, and none for what is missing", () => {
    const output = "2 1 nc: timed out\n0 0\nnoise\n1 1 nc: Connection refused\r\n9 0\n";

    assert.deepEqual(readOutcomes(output, 4), ["open", "refused", "silent", "unknown"]);
  });
});

describe("readAddresses", () => {
  test("takes the addresses out of each answer but the server's own", () => {
    const output = [
      "0 0 Server: 127.0.0.11 Address: 127.0.0.11:53 Non-authoritative answer: Name: web Address: 10.224.0.10",
      "1 143 Terminated",
      "2 0 10.224.0.10 10.224.0.11 10.224.0.10",
      "3 0 10.224.0.12 STREAM web 10.224.0.12 DGRAM",
      "4 0 Address 1: fd00::a web",
    ].join("\n");

    assert.deepEqual(readAddresses(output, 6), [
      ["10.224.0.10"],
      [],
      ["10.224.0.10", "10.224.0.11"],
      ["10.224.0.12"],
      ["fd00::a"],
      null,
    ]);
  });
});
