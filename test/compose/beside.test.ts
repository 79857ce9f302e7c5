import assert from "node:assert/strict";
import { test } from "node:test";
import { findStandIn, isBeside } from "../../src/compose/beside.ts";

const home = "/home/ada/.cilo";
const placed = {
  workspaceRoot: `${home}/envs/shop/blue`,
  surroundings: { home, standIns: `${home}/own`, sourceRoot: "/src/work/shop" },
};

const cases: [path: string, directory: string | null, workspaceAt: string | null][] = [
  [`${home}/envs/shop/blue`, null, null],
  [`${home}/envs/shop/blue/data`, null, null],
  ["/srv/data", null, null],
  ["/home/ada", null, null],
  [`${home}/envs/shop/data`, `${home}/own/data`, null],
  [`${home}/envs/shop/green`, `${home}/own/green`, null],
  [`${home}/envs/shop/blue2/x`, `${home}/own/blue2/x`, null],
  [`${home}/envs/shop`, `${home}/own/parent`, "shop"],
  [`${home}/envs`, `${home}/own/up`, "work/shop"],
  [`${home}/envs/other/x`, `${home}/own/up/other/x`, null],
  [home, `${home}/own/up/up`, "src/work/shop"],
  [`${home}/state.json`, `${home}/own/up/up/state.json`, null],
];
for (const [path, directory, workspaceAt] of cases) {
  test(`${path} ${directory === null ? "is not beside the copy" : `is beside the copy, ${directory} stands in for it`}`, () => {
    assert.equal(isBeside(placed, path), directory !== null);
    assert.deepEqual(findStandIn(placed, path), directory === null ? null : { directory, workspaceAt });
  });
}

test("nothing is beside a project that is no copy", () => {
  const project = { workspaceRoot: placed.workspaceRoot, surroundings: null };

  assert.equal(isBeside(project, `${home}/envs/shop/data`), false);
  assert.equal(findStandIn(project, `${home}/envs/shop/data`), null);
});
