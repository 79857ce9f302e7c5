import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { createProgress, type ProgressMode } from "../../../src/cli/render/progress.ts";
import type { ControllerEvent } from "../../../src/controller/context.ts";

interface DrawOptions {
  mode: ProgressMode;
  isVerbose?: boolean;
  isTTY?: boolean;
  columns?: number;
}

const usual: readonly ControllerEvent[] = [
  { type: "step-start", id: "1", text: "start the services" },
  { type: "output", id: "1", line: "Container web Started" },
  { type: "warning", text: "volume data starts empty" },
  { type: "step-end", id: "1", text: "start the services", failed: false },
  { type: "step-start", id: "2", text: "wait" },
  { type: "step-end", id: "2", text: "wait", failed: true },
  { type: "info", text: "done" },
];

function createStderr({ isTTY = false, columns = 80 }: Omit<DrawOptions, "mode">) {
  const move = () => true;
  return Object.assign(new PassThrough(), { isTTY, columns, cursorTo: move, clearLine: move, moveCursor: move });
}

async function draw(options: DrawOptions, events = usual): Promise<string> {
  const stderr = createStderr(options);
  const progress = await createProgress(stderr, { mode: options.mode, isVerbose: options.isVerbose ?? false });
  for (const event of events) progress.emit(event);
  progress.stop();
  return String(stderr.read() ?? "");
}

test("plain: a line for every step that ended, warnings and news", async () => {
  const text = await draw({ mode: "plain" });

  assert.match(text, /^warning: volume data starts empty\nstart the services \(\d+\.\d s\)\nfailed: wait\ndone\n$/);
});

test("auto is plain where there is no terminal", async () => {
  assert.match(await draw({ mode: "auto" }), /^warning: [^\n]*\nstart the services/);
});

test("quiet: warnings only", async () => {
  assert.equal(await draw({ mode: "quiet", isVerbose: true }), "warning: volume data starts empty\n");
});

test("on a terminal it is live, and the same words remain", async () => {
  const text = await draw({ mode: "auto", isTTY: true });

  assert.match(text, /start the services/);
  assert.match(text, /warning: volume data starts empty\n/);
  assert.match(text, /failed: wait/);
});

test("a terminal without a size gets plain lines", async () => {
  assert.match(await draw({ mode: "auto", isTTY: true, columns: 0 }), /^warning: [^\n]*\nstart the services \(/);
});

for (const isTTY of [false, true]) {
  test(`verbose keeps what programs say, ${isTTY ? "on" : "off"} a terminal`, async () => {
    assert.match(await draw({ mode: "auto", isVerbose: true, isTTY }), / {2}Container web Started\n/);
  });
}

describe("text of others", () => {
  const hostile: readonly ControllerEvent[] = [
    { type: "warning", text: "not copied: pi\npe\u001b[31m" },
    { type: "info", text: "in\nfo\u001b[31m" },
    { type: "step-start", id: "1", text: "st\nep\u001b[31m" },
    { type: "output", id: "1", line: "\u001b[31mred\u001b[0m and \u0007bell" },
    { type: "step-end", id: "1", text: "st\nep\u001b[31m", failed: true },
  ];

  test("is one printable line an event", async () => {
    const text = await draw({ mode: "plain", isVerbose: true }, hostile);

    assert.deepEqual(text.split("\n"), [
      "warning: not copied: pi pe\ufffd[31m",
      "in fo\ufffd[31m",
      "  red and \ufffdbell",
      "failed: st ep\ufffd[31m",
      "",
    ]);
  });

  test("brings no sequences of its own to a terminal", async () => {
    const text = await draw({ mode: "tty", isTTY: true }, hostile);

    assert.ok(!text.includes("pe\u001b[31m") && !text.includes("ep\u001b[31m") && !text.includes("\u0007"));
  });
});

for (const isTTY of [false, true]) {
  test(`draws nothing any more once nobody reads, ${isTTY ? "on" : "off"} a terminal`, async () => {
    const stderr = createStderr({ isTTY });
    const progress = await createProgress(stderr, { mode: "auto", isVerbose: false });

    stderr.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    stderr.read();
    for (const event of usual) progress.emit(event);
    progress.stop();

    assert.equal(stderr.read(), null);
  });
}
