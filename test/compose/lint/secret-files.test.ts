import assert from "node:assert/strict";
import { test } from "node:test";
import { findSecretFiles } from "../../../src/compose/lint/secret-files.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const cases: [item: object | null, places: string[]][] = [
  [{ file: "/copy/secret.txt" }, []],
  [{ environment: "TOKEN" }, []],
  [{ content: "/etc/x" }, []],
  [null, []],
  [{ file: "secret.txt" }, []],
  [{ file: "/etc/shop/secret.txt" }, ["note shared secrets.key.file", "note shared configs.key.file"]],
  [{ external: true, name: "key" }, ["note secrets.key.external", "note configs.key.external"]],
];

for (const [item, places] of cases) {
  test(`${JSON.stringify(item)} ${places.length === 0 ? "is the copy's own" : "is told"}`, () => {
    const sections = { secrets: { key: item }, configs: { key: item } };

    const findings = findSecretFiles(contextOf({ services: { web: { image: "web" } }, ...sections }));

    assert.deepEqual(placesOf(findings), places);
  });
}

test("a relative path that leaves the copy leads to where nothing is", () => {
  const context = contextOf({ secrets: { key: { file: "/home/ada/.cilo/envs/shop/key.txt" } } });
  const surroundings = { home: "/home/ada/.cilo", standIns: "/home/ada/own", sourceRoot: "/src/shop" };
  const reading = { ...context.reading, workspaceRoot: "/home/ada/.cilo/envs/shop/blue", surroundings };

  const findings = findSecretFiles({ ...context, reading });

  assert.deepEqual(
    findings.map(({ rule, level, path }) => [rule, level, path.join(".")]),
    [["missing-secret-file", "warning", "secrets.key.file"]],
  );
});
