import assert from "node:assert/strict";
import { test } from "node:test";
import { renderDestroyPlan } from "../../../src/cli/render/destroy.ts";
import type { DestroyPlan } from "../../../src/controller/plan-destroy.ts";
import { makeEnvironment } from "../../support/environment.ts";

const plan: DestroyPlan = {
  environment: makeEnvironment(),
  workspace: "/home/u/.cilo/envs/shop/blue",
  containers: ["cilo-shop-blue-db-1"],
  networks: ["cilo-shop-blue_default"],
  volumes: ["cilo-shop-blue_data"],
  images: [],
  standIns: null,
  protected: ["1 uncommitted file: notes.txt"],
  leftOut: [],
  losses: [],
  undoDays: 7,
};

test("names what goes, what is nowhere else, and for how long it can be brought back", () => {
  assert.deepEqual(renderDestroyPlan(plan), [
    "This removes shop/blue:",
    "  container cilo-shop-blue-db-1",
    "  network cilo-shop-blue_default",
    "  volume cilo-shop-blue_data with its data",
    "  workspace /home/u/.cilo/envs/shop/blue",
    "What is nowhere else:",
    "  1 uncommitted file: notes.txt",
    '"cilo restore shop/blue" can bring it back for 7 days.',
  ]);
});

test("does not promise back what is not saved", () => {
  const leftOut = ["volume cilo-shop-blue_data: it has 3.0 GiB"];

  assert.deepEqual(renderDestroyPlan({ ...plan, leftOut, undoDays: 1 }).slice(-3), [
    "What no undo would bring back:",
    "  volume cilo-shop-blue_data: it has 3.0 GiB",
    '"cilo restore shop/blue" can bring the rest back for 1 day.',
  ]);
  assert.equal(renderDestroyPlan({ ...plan, undoDays: null }).at(-1), "  1 uncommitted file: notes.txt");
});
