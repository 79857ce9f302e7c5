import assert from "node:assert/strict";
import { test } from "node:test";
import { toVersion2 } from "../../../src/state/migrations/v2.ts";

test("puts the environments under the local host and keeps the rest", () => {
  const login = { name: "login", note_by_hand: "keep me" };

  const after = toVersion2({ version: 1, subnet_counter: 3, environments: { "shop/login": login }, theme: "dark" });

  assert.deepEqual(after, {
    version: 2,
    subnet_counter: 3,
    theme: "dark",
    hosts: { local: { id: "local", provider: "docker", environments: { "shop/login": login } } },
  });
});

test("a file without environments has none after", () => {
  const after = toVersion2({ version: 1, environments: null });

  assert.deepEqual(after, { version: 2, hosts: { local: { id: "local", provider: "docker", environments: {} } } });
});
