import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createProgress, type ProgressMode } from "../../../src/cli/render/progress.ts";

async function draw(mode: ProgressMode, isTTY = false, columns = 80): Promise<string> {
  const move = () => true;
  const stderr = Object.assign(new PassThrough(), {
    isTTY,
    columns,
    cursorTo: move,
    clearLine: move,
    moveCursor: move,
  });
  const progress = await createProgress(mode, stderr);
  progress.emit({ type: "step-start", id: "1", text: "start the services" });
  progress.emit({ type: "output", id: "1", line: "Container web Started" });
  progress.emit({ type: "warning", text: "volume data starts empty" });
  progress.emit({ type: "step-end", id: "1", text: "start the services", failed: false });
  progress.emit({ type: "step-start", id: "2", text: "wait" });
  progress.emit({ type: "step-end", id: "2", text: "wait", failed: true });
  progress.emit({ type: "info", text: "done" });
  progress.stop();
  return String(stderr.read() ?? "");
}

test("plain: a line for every step that ended, warnings and news", async () => {
  const text = await draw("plain");

  assert.match(text, /^warning: volume data starts empty\nstart the services \(\d+\.\d s\)\nfailed: wait\ndone\n$/);
});

test("auto is plain where there is no terminal", async () => {
  assert.match(await draw("auto"), /^warning: [^\n]*\nstart the services/);
});

test("quiet: warnings only", async () => {
  assert.equal(await draw("quiet"), "warning: volume data starts empty\n");
});

test("on a terminal it is live, and the same words remain", async () => {
  const text = await draw("auto", true);

  assert.match(text, /start the services/);
  assert.match(text, /warning: volume data starts empty\n/);
  assert.match(text, /failed: wait/);
});

test("a terminal without a size gets plain lines", async () => {
  assert.match(await draw("auto", true, 0), /^warning: [^\n]*\nstart the services \(/);
});
