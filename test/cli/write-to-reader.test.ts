import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { writeToReader } from "../../src/cli/write-to-reader.ts";

const { signal } = new AbortController();

test("waits until the reader has caught up", async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  let isWritten = false;

  const writing = writeToReader(stream, "longer than four", signal).then((isRead) => {
    isWritten = true;
    return isRead;
  });
  await new Promise((resolve) => setImmediate(resolve));
  const before = isWritten;
  stream.resume();

  assert.equal(await writing, true);
  assert.equal(before, false);
});

test("says that nobody reads when the reader goes while it waits, when the stream fails, and when it is gone", async () => {
  for (const reason of [undefined, new Error("no space left")]) {
    const stream = new PassThrough({ highWaterMark: 4 });
    stream.on("error", () => {});
    const writing = writeToReader(stream, "longer than four", signal);

    stream.destroy(reason);

    assert.equal(await writing, false);
    assert.equal(await writeToReader(stream, "a", signal), false);
  }
});

test("waits no longer once it is interrupted", async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const controller = new AbortController();
  const writing = writeToReader(stream, "longer than four", controller.signal);

  controller.abort();

  assert.equal(await writing, false);
});
