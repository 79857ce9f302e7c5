import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { allChecks } from "../../src/doctor/run-checks.ts";

test("docs/doctor.md has a row for every check, in their order, and for no other", async () => {
  const text = await readFile(new URL("../../docs/doctor.md", import.meta.url), "utf8");

  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| \S/gm)].map(([, name]) => name);

  assert.deepEqual(
    rows,
    allChecks.map(({ name }) => name),
  );
});
