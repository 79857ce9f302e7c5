import assert from "node:assert/strict";
import { test } from "node:test";
import { lookUpNames } from "../../src/doctor/look-up-names.ts";

test("looks names up as every program does: there, not there, and no names at all", async () => {
  const found = await lookUpNames(["localhost", "127.0.0.9", "a..b"], process.env);
  const localhost = found.get("localhost");

  assert.ok(localhost && "addresses" in localhost);
  assert.ok(localhost.addresses.includes("127.0.0.1") || localhost.addresses.includes("::1"));
  assert.deepEqual(found.get("127.0.0.9"), { addresses: ["127.0.0.9"] });
  assert.deepEqual(found.get("a..b"), { addresses: [] });
  assert.deepEqual(await lookUpNames([], process.env), new Map());
});

test("passes over what something else that is loaded has to say", async () => {
  const preload = "data:text/javascript,console.log('hello');console.log('{}')";

  const found = await lookUpNames(["127.0.0.9"], { ...process.env, NODE_OPTIONS: `--import=${preload}` });

  assert.deepEqual(found, new Map([["127.0.0.9", { addresses: ["127.0.0.9"] }]]));
});
