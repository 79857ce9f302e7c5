import assert from "node:assert/strict";
import { test } from "node:test";
import { findOneOffService } from "../../src/controller/run-compose.ts";

const cases: [string[], string | null][] = [
  [["run", "web"], "web"],
  [["run", "--rm", "-e", "A=web2", "web", "sh"], "web"],
  [["ps", "web"], null],
  [["run", "--help"], null],
  [[], null],
];
for (const [args, expected] of cases) {
  test(`"compose ${args.join(" ")}" is ${expected === null ? "no one-off" : `a one-off of ${expected}`}`, () => {
    assert.equal(findOneOffService(args, ["db", "web"]), expected);
  });
}
