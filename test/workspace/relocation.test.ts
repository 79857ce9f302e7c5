import assert from "node:assert/strict";
import { test } from "node:test";
import { toBytePath as path } from "../../src/workspace/byte-path.ts";
import { leadsTo, linkBetween, relocate } from "../../src/workspace/relocation.ts";

test("finds a path of the source in the copy by the closest relocation around it", () => {
  const relocations = [
    { from: path("/src"), to: path("") },
    { from: path("/repo/.git"), to: path(".git") },
    { from: path("/src/inner"), to: path("moved") },
  ];
  const table: [string, string | null][] = [
    ["/src", ""],
    ["/src/a/b", "a/b"],
    ["/src/inner/x", "moved/x"],
    ["/repo/.git/modules/sub", ".git/modules/sub"],
    ["/repo", null],
    ["/source", null],
  ];

  const found = table.map(([from]) => [from, relocate(relocations, path(from))]);

  assert.deepEqual(found, table);
});

test("tells whether a link leads to a place without leaving the copy", () => {
  const table: [link: string, place: string, target: string, leads: boolean][] = [
    [".bare", ".git", ".bare", true],
    ["./.bare", ".git", ".bare", true],
    ["../.git/modules/lib", "lib/.git", ".git/modules/lib", true],
    ["../shop/.git/modules/lib", "lib/.git", "shop/.git/modules/lib", true],
    ["../shop/.git", ".git", "shop/.git", false],
    ["../../shop/x", "lib/.git", "shop/x", false],
    ["/src/.git", "lib/.git", ".git", false],
    ["..", ".git/x", "", true],
  ];

  const found = table.map(([link, place, target]) => [
    link,
    place,
    target,
    leadsTo(path(link), path(place), path(target)),
  ]);

  assert.deepEqual(found, table);
});

test("links from one directory of the copy to another place in it", () => {
  assert.equal(linkBetween(path("libs/a"), path(".git/modules/a")), "../../.git/modules/a");
  assert.equal(linkBetween(path(""), path(".bare")), ".bare");
  assert.equal(linkBetween(path(".git/modules/a"), path("")), "../../..");
});
