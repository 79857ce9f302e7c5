import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findJsonProblem } from "../../src/state/json-problem.ts";

const problems: [text: string, line: number, column: number, message: string][] = [
  ["", 1, 1, "the text ends too early"],
  [" \n ", 2, 2, "the text ends too early"],
  ['{"a":1,}', 1, 8, 'unexpected "}"'],
  ['{\n  "a": nope\n}', 2, 8, 'unexpected "n"'],
  ['{"a" 1}', 1, 6, 'unexpected "1"'],
  ['{"a":1 "b":2}', 1, 8, 'unexpected "\\""'],
  ['{"a": "cut', 1, 7, 'unexpected "\\""'],
  ['{"a": [1, 2', 1, 12, "the text ends too early"],
  ["[1,]", 1, 4, 'unexpected "]"'],
  ["{} {}", 1, 4, 'unexpected "{"'],
  ["[1}", 1, 3, 'unexpected "}"'],
  ["]", 1, 1, 'unexpected "]"'],
  ["01", 1, 2, 'unexpected "1"'],
  ["\ufeff{}", 1, 1, 'unexpected "\ufeff"'],
  ["\0\0", 1, 1, 'unexpected "\\u0000"'],
];

for (const [text, line, column, message] of problems) {
  test(`finds ${message} at ${line}:${column} of ${JSON.stringify(text)}`, () => {
    const problem = findJsonProblem(text);

    assert.deepEqual(problem, { line, column, message });
  });
}

test("finds a problem exactly where JSON.parse finds one", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"a"',
    '"\\u00e9"',
    '"',
    "1",
    "-0.5e+3",
    "true",
    "null",
    " ",
    "\n",
    "x",
  );
  const almostJson = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
    fc.tuple(fc.json(), fc.nat(), pieces).map(([text, at, piece]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + piece + text.slice(position + 1);
    }),
  );

  fc.assert(
    fc.property(almostJson, (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      return (findJsonProblem(text) === null) === isJson;
    }),
    { numRuns: 3_000 },
  );
});
