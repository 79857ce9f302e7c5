import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, parseDocument } from "yaml";
import { mapping, override, renderYaml, reset, type YamlValue } from "../../../src/compose/override/render.ts";

test("writes block YAML with quoted keys and texts, tags included", () => {
  const text = renderYaml(
    mapping({
      services: mapping({
        web: mapping({
          ports: override([]),
          container_name: reset(),
          networks: override(mapping({ default: mapping({ aliases: ["a", "b"] }), none: mapping({}) })),
          scale: 2,
        }),
      }),
    }),
  );

  assert.equal(
    text,
    `"services":
  "web":
    "ports": !override []
    "container_name": !reset null
    "networks": !override
      "default":
        "aliases":
          - "a"
          - "b"
      "none": {}
    "scale": 2
`,
  );
});

const awkward = [
  "yes",
  "1e3",
  "null",
  "2026-01-01",
  "a: b # c",
  "- x",
  "$$",
  "\u2028",
  "\u0085",
  "\u007f",
  "\ufeff",
  "\t\n",
  "日本",
];
for (const text of awkward) {
  test(`${JSON.stringify(text)} is the same text when it is read`, () => {
    assert.deepEqual(parse(renderYaml(mapping({ [text]: text }))), { [text]: text });
  });
}

test("any value is the same when it is read", () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: "grapheme" }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree")),
      fc.dictionary(fc.string({ unit: "grapheme" }), tie("tree")),
    ),
  }));

  fc.assert(
    fc.property(tree, (value) => {
      const document = parseDocument(renderYaml(mapping({ value: toYamlValue(value) })));

      assert.deepEqual(document.errors, []);
      assert.deepEqual(JSON.parse(JSON.stringify(document.toJS())), JSON.parse(JSON.stringify({ value })));
    }),
  );
});

function toYamlValue(value: unknown): YamlValue {
  if (Array.isArray(value)) return value.map(toYamlValue);
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([key, item]) => [key, toYamlValue(item)]));
  }
  return value as YamlValue;
}
