import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const table = new URL("../docs/dns-checklist.md", import.meta.url);
const folder = new URL("integration/", import.meta.url);
const allItems = Array.from({ length: 100 }, (_, index) => index + 1);

interface Row {
  item: number;
  state: string;
  tests: string[];
}

const rows = readRows(await readFile(table, "utf8"));
const itemsByFile = await readItems();

test("the table has the 100 items, each once and in their order", () => {
  assert.deepEqual(
    rows.map(({ item }) => item),
    allItems,
  );
});

test("every item is kept, or chosen where there is a choice", () => {
  const others = rows.filter(({ state }) => state !== "kept" && state !== "chosen");

  assert.deepEqual(others, []);
});

test("every item has a test that begins with its number, in a file that the table names", () => {
  const tested = new Set([...itemsByFile.values()].flatMap((items) => [...items]));

  assert.deepEqual(
    allItems.filter((item) => !tested.has(item)),
    [],
  );
  assert.deepEqual(
    rows.filter(({ tests }) => tests.length === 0),
    [],
  );
});

test("every file that the table names has a test of that item", () => {
  const wrong = rows.flatMap(({ item, tests }) =>
    tests.filter((name) => itemsByFile.get(name)?.has(item) !== true).map((name) => `${item}: ${name}`),
  );

  assert.deepEqual(wrong, []);
});

function readRows(text: string): Row[] {
  return [...text.matchAll(/^\| (\d+) \|(.*)\|$/gm)].map(([, item, rest = ""]) => {
    const cells = rest.split("|").map((cell) => cell.trim());
    return {
      item: Number(item),
      state: cells[3] ?? "",
      tests: (cells[4] ?? "").split(", ").filter((name) => name !== ""),
    };
  });
}

/** The items that titles and tables of tests begin with, by the file's name without its ending. */
async function readItems(): Promise<Map<string, Set<number>>> {
  const ending = ".test.ts";
  const names = (await readdir(folder)).filter((name) => name.startsWith("dns-") && name.endsWith(ending));
  const entries = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), "utf8");
      const titles = text.matchAll(/["'`](\d{1,3}(?:, \d{1,3})*): |\bitem: "(\d{1,3}(?:, \d{1,3})*)"/g);
      const items = [...titles].flatMap(([, title, row]) => (title ?? row ?? "").split(", ").map(Number));
      return [name.slice(0, -ending.length), new Set(items)] as const;
    }),
  );
  return new Map(entries);
}
