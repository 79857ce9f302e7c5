import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument } from "yaml";
import { measureYaml } from "../../src/compose/measure-yaml.ts";

const cases: [text: string, nodes: number, depth: number][] = [
  ["a", 1, 0],
  ["[a, b]", 3, 1],
  ["{a: [b], c: }", 6, 2],
  ["[&a [x, y], *a, *a]", 10, 2],
  ["[&a x, &a [y], *a]", 6, 2],
  ["&a [*a]", 2, 1],
];

for (const [text, nodes, depth] of cases) {
  test(`${text} has ${nodes} nodes in ${depth} levels`, () => {
    assert.deepEqual(measureYaml(parseDocument(text)), { nodes, depth });
  });
}

test("what the parser gives up on is endlessly deep", () => {
  const text = "[".repeat(50_000);

  assert.equal(measureYaml(parseDocument(text, { logLevel: "silent" })).depth, Number.POSITIVE_INFINITY);
});
