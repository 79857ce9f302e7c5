import assert from "node:assert/strict";
import { test } from "node:test";
import { renderTable } from "../../../src/cli/render/table.ts";

test("columns are as wide as their widest cell, and no line ends in spaces", () => {
  const table = renderTable([
    ["NAME", "STATUS"],
    ["web", "running"],
    ["database", ""],
  ]);

  assert.equal(table, "NAME      STATUS\nweb       running\ndatabase\n");
});

test("a cell cannot break its line or drive the terminal", () => {
  assert.equal(renderTable([["a\nb", "\u001b[2J"]]), "a b  \ufffd[2J\n");
});
