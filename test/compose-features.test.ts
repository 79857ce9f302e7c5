import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Row {
  feature: string;
  rules: string[];
  tests: string[];
}

const text = await readFile(join(root, "docs/compose-features.md"), "utf8");
const rows = readRows(text);
const rulesOfSource = await readRules();

test("the table has every rule that cilo tells of, and no other", () => {
  const told = new Set(rows.flatMap(({ rules }) => rules));

  assert.deepEqual([...told].sort(), rulesOfSource.filter((rule) => rule !== "override-rejected").sort());
  assert.match(text, /`override-rejected`/);
});

test("every feature has tests, in files that there are", () => {
  const isThere = (name: string) => ["", ".test.ts"].some((end) => existsSync(join(root, "test", `${name}${end}`)));

  const missing = rows.flatMap(({ feature, tests }) =>
    tests.length === 0
      ? [`${feature}: none`]
      : tests.filter((name) => !isThere(name)).map((name) => `${feature}: ${name}`),
  );

  assert.notEqual(rows.length, 0);
  assert.deepEqual(missing, []);
});

function readRows(table: string): Row[] {
  const lines = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| feature"));
  return lines.map((line) => {
    const [feature = "", , rules = "", tests = ""] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    return {
      feature,
      rules: [...rules.matchAll(/`([a-z-]+)`/g)].map(([, rule = ""]) => rule),
      tests: tests.split(", ").filter((name) => name !== ""),
    };
  });
}

/** The names in the places where findings are made. */
async function readRules(): Promise<string[]> {
  const rules = new Set<string>();
  for (const part of ["compose", "controller"]) {
    const folder = join(root, "src", part);
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
    for (const file of files) {
      const source = await readFile(join(folder, file), "utf8");
      for (const [, rule = ""] of source.matchAll(/\brule: "([a-z-]+)"/g)) rules.add(rule);
    }
  }
  return [...rules];
}
