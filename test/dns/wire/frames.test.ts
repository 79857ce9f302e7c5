import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame, FrameReader } from "../../../src/dns/wire/frames.ts";

test("messages come out whole and in order, however the stream is cut", () => {
  const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 10 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat({ max: 3000 })), (sent, cuts) => {
      const stream = Buffer.concat(sent.map((message) => encodeFrame(Buffer.from(message))));
      const borders = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
      const reader = new FrameReader(4096);
      const received: Buffer[] = [];

      for (let index = 1; index < borders.length; index += 1) {
        reader.push(stream.subarray(borders[index - 1], borders[index]));
        for (let message = reader.next(); Buffer.isBuffer(message); message = reader.next()) received.push(message);
      }

      assert.deepEqual(
        received,
        sent.map((message) => Buffer.from(message)),
      );
      assert.equal(reader.isPartial, false);
    }),
  );
});

for (const { title, start } of [
  { title: "a TLS hello", start: Buffer.from([0x16, 0x03]) },
  { title: "HTTP", start: Buffer.from("GE") },
  { title: "a length of zero", start: Buffer.from([0, 0]) },
  { title: "a length of 4097", start: Buffer.from([0x10, 0x01]) },
]) {
  test(`${title} makes the stream invalid with its second octet`, () => {
    const reader = new FrameReader(4096);

    reader.push(start);

    assert.equal(reader.next(), "invalid");
  });
}
