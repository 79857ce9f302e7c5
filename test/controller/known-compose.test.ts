import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { withKnownCompose } from "../../src/controller/known-compose.ts";

test("the work goes on while Compose is asked for its version", async () => {
  const version = Promise.withResolvers<string>();
  const done: string[] = [];

  const result = withKnownCompose({ composeVersion: () => version.promise }, async () => {
    done.push("work");
    return 7;
  });
  await nextTurn();
  assert.deepEqual(done, ["work"]);
  version.resolve("2.26.1");

  assert.equal(await result, 7);
});

test("nothing comes of the work where the version is too old", async () => {
  const composeVersion = () => Promise.reject(new Error("too old"));

  await assert.rejects(
    withKnownCompose({ composeVersion }, async () => 7),
    { message: "too old" },
  );
});

test("what is wrong with Compose is told before what it made of the project, whichever is known first", async () => {
  const version = Promise.withResolvers<string>();
  const invalid = async () => {
    throw new Error("no such field");
  };

  const result = withKnownCompose({ composeVersion: () => version.promise }, invalid);
  await nextTurn();
  version.reject(new Error("too old"));

  await assert.rejects(result, { message: "too old" });
});

test("what is wrong with the project is told where Compose is as it should be", async () => {
  const invalid = async () => {
    throw new Error("no such field");
  };

  await assert.rejects(withKnownCompose({ composeVersion: async () => "2.26.1" }, invalid), {
    message: "no such field",
  });
});
