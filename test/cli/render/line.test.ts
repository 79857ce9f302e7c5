import assert from "node:assert/strict";
import { test } from "node:test";
import { toLine } from "../../../src/cli/render/line.ts";

const cases: [string, string][] = [
  ["not copied: a pipe", "not copied: a pipe"],
  ["not copied: pi\npe", "not copied: pi pe"],
  ["pi\r\n\tpe", "pi\ufffd pe"],
  ["pi\u2028pe", "pi pe"],
  ["\u001b[31mred\u001b[0m", "\ufffd[31mred\ufffd[0m"],
  ["", ""],
];
for (const [text, line] of cases) {
  test(`makes ${JSON.stringify(text)} the line ${JSON.stringify(line)}`, () => {
    assert.equal(toLine(text), line);
  });
}
