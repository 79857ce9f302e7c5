import assert from "node:assert/strict";
import { test } from "node:test";
import { directoriesBetween, isOutside, showPath } from "../../src/compose/is-outside.ts";

const cases: { path: string; outside: boolean; shown: string }[] = [
  { path: "/a/b", outside: false, shown: "" },
  { path: "/a/b/c", outside: false, shown: "c" },
  { path: "/a/b/..c/d", outside: false, shown: "..c/d" },
  { path: "/a", outside: true, shown: "/a" },
  { path: "/a/bc", outside: true, shown: "/a/bc" },
  { path: "/", outside: true, shown: "/" },
];

for (const { path, outside, shown } of cases) {
  test(`${path} is ${outside ? "outside" : "in"} /a/b, and shown as ${JSON.stringify(shown)}`, () => {
    assert.equal(isOutside(path, "/a/b"), outside);
    assert.equal(showPath(path, "/a/b"), shown);
  });
}

test("directories on the way to a path come from the top, and none where it is outside", () => {
  assert.deepEqual(directoriesBetween("/a/b/c/d/e", "/a/b"), ["/a/b/c", "/a/b/c/d"]);
  assert.deepEqual(directoriesBetween("/x", "/a/b"), []);
});
