import assert from "node:assert/strict";
import { test } from "node:test";
import { applyProfileChoice } from "../../src/controller/profile-choice.ts";
import { makeEnvironment } from "../support/environment.ts";

const chosen = makeEnvironment({ profiles: ["dev"], profilesChosen: true });
const plain = makeEnvironment({ profiles: ["dev"] });

test("named profiles are chosen, each once, in the place of what was chosen before", () => {
  assert.deepEqual(
    applyProfileChoice(chosen, ["b", "a", "b"]),
    makeEnvironment({ profiles: ["b", "a"], profilesChosen: true }),
  );
  assert.deepEqual(applyProfileChoice(plain, ["dev"]), chosen);
});

test("no word leaves the choice as it is", () => {
  assert.equal(applyProfileChoice(chosen, null), chosen);
  assert.equal(applyProfileChoice(plain, null), plain);
});

test("the choice can be left to the project again", () => {
  assert.deepEqual(applyProfileChoice(chosen, "project"), plain);
});
