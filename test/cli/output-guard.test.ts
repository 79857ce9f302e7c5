import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { guardOutput } from "../../src/cli/output-guard.ts";

/** A stream whose writes fail with this code of Node's, or succeed. */
function streamThatFails(code: string | null): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(code === null ? null : Object.assign(new Error(`${code}: write`), { code }));
    },
  });
}

const cases: [string, string | null, string | null][] = [
  ["nothing of a stream that takes all", null, null],
  ["nothing of a reader that has had enough", "EPIPE", null],
  ["of a full disk that something is lost", "ENOSPC", "ENOSPC: write"],
];
for (const [says, code, message] of cases) {
  test(`says ${says}, and throws nothing`, async () => {
    const stream = streamThatFails(code);
    const guard = guardOutput(stream);

    stream.write("first");
    stream.write("second");
    await guard.flush();

    assert.equal(guard.failure()?.message ?? null, message);
  });
}

test("flush waits for what is under way", async () => {
  const taken: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      setImmediate(() => {
        taken.push(String(chunk));
        done();
      });
    },
  });
  const guard = guardOutput(stream);

  stream.write("late");
  await guard.flush();

  assert.equal(taken[0], "late");
});
