import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { LineSender } from "../../src/daemon/line-sender.ts";

/** What a reader gets, read to the end. */
async function readAll(stream: PassThrough): Promise<string[]> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text.split("\n").slice(0, -1);
}

test("sends lines in their order, and the last one last", async () => {
  const stream = new PassThrough();
  const sender = new LineSender(stream);

  for (const line of ["a", "b"]) sender.send(() => line);
  sender.end("z");

  assert.deepEqual(await readAll(stream), ["a", "b", "z"]);
});

test("a reader that stands still costs a bound of memory, and is told where how many lines are missing", async () => {
  const stream = new PassThrough();
  const sender = new LineSender(stream);
  const line = "x".repeat(1_000);
  let made = 0;
  const offer = () =>
    sender.send(() => {
      made += 1;
      return line;
    });

  for (let count = 0; count < 10_000; count += 1) offer();
  const madeForNobody = made;
  const reading = readAll(stream);
  await new Promise((resolve) => stream.once("drain", resolve));
  offer();
  sender.end("z");
  const lines = await reading;

  assert.ok(madeForNobody > 1_000 && madeForNobody < 1_100, `${madeForNobody} lines were made`);
  const missing = lines.findIndex((text) => text.startsWith("{"));
  assert.equal(missing, madeForNobody);
  assert.deepEqual(JSON.parse(lines[missing] ?? ""), { type: "dropped", count: 10_000 - madeForNobody });
  assert.deepEqual(lines.slice(missing + 1), [line, "z"]);
});

test("tells of missing lines also when none follows", async () => {
  const stream = new PassThrough();
  const sender = new LineSender(stream);
  for (let count = 0; count < 2_000; count += 1) sender.send(() => "x".repeat(1_000));

  const last = new Promise((resolve) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      if (text.endsWith("}\n")) resolve(text.trimEnd().split("\n").at(-1));
    });
  });

  assert.match(String(await last), /^\{"type":"dropped","count":\d+\}$/);
});
