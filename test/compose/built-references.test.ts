import assert from "node:assert/strict";
import { test } from "node:test";
import { builtReferences } from "../../src/compose/built-references.ts";

const services = {
  web: { image: "shop/web:dev", build: { context: ".", tags: ["shop/web:latest"] } },
  api: { build: { context: "." } },
  db: { image: "postgres:16" },
  tests: { build: { context: "." } },
};

test("a build gives the name that the project says and its tags, else the one that Compose makes up", () => {
  const references = builtReferences({ services }, ["web", "api", "db"], "cilo-shop-login");

  assert.deepEqual(
    [...references],
    [
      ["api", ["cilo-shop-login-api"]],
      ["web", ["shop/web:dev", "shop/web:latest"]],
    ],
  );
});
