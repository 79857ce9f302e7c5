import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { unframeLog } from "../../../src/runtime/docker/log-frames.ts";

function frame(text: string, stream: 1 | 2 = 1): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

describe("unframeLog", () => {
  test("puts stdout and stderr together in the order they came", () => {
    const log = Buffer.concat([frame("one\n"), frame("two\n", 2), frame(""), frame("drei ä\n")]);

    assert.equal(unframeLog(log), "one\ntwo\ndrei ä\n");
  });

  test("keeps what is there of a frame that was cut off", () => {
    const log = Buffer.concat([frame("one\n"), frame("second\n")]);

    assert.equal(unframeLog(log.subarray(0, -4)), "one\nsec");
    assert.equal(unframeLog(log.subarray(0, 15)), "one\n");
  });

  test("joins characters that are split between frames", () => {
    const bytes = Buffer.from("ä");
    const halves = [bytes.subarray(0, 1), bytes.subarray(1)].map((half) =>
      Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 1]), half]),
    );

    assert.equal(unframeLog(Buffer.concat(halves)), "ä");
  });

  test("gives back any texts as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (texts) => {
        assert.equal(unframeLog(Buffer.concat(texts.map((text) => frame(text)))), texts.join(""));
      }),
    );
  });

  test("never throws on bytes that are no frames", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof unframeLog(Buffer.from(bytes)) === "string"));
  });
});
