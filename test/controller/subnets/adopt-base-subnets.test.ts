import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { adoptBaseSubnets } from "../../../src/controller/subnets/adopt-base-subnets.ts";
import { makeEnvironment, makeState } from "../../support/environment.ts";

const kept = { back: "10.225.0.0/24" };

describe("the base subnets of the user's settings", () => {
  test("are taken over, and told once", () => {
    const state = makeState([]);
    const settings = { baseSubnet: "10.240.0.0/16", keptBaseSubnet: "10.241.0.0/16" };

    const first = adoptBaseSubnets(state, settings);
    const second = adoptBaseSubnets(state, settings);

    assert.deepEqual([state.baseSubnet, state.keptBaseSubnet], ["10.240.0.0/16", "10.241.0.0/16"]);
    assert.deepEqual(first, [
      "subnets are taken from 10.240.0.0/16 from now on, no longer from 10.224.0.0/16",
      "those of networks that are kept are taken from 10.241.0.0/16 from now on, no longer from 10.225.0.0/16",
    ]);
    assert.deepEqual(second, []);
  });

  test("leave environments where they are, and say how many are outside", () => {
    const blue = makeEnvironment();
    const green = makeEnvironment({ name: "green", subnet: "10.240.0.0/24", keptNetworks: kept });
    const red = makeEnvironment({ name: "red", subnet: "10.240.1.0/24" });
    const state = makeState([blue, green, red]);

    const news = adoptBaseSubnets(state, { baseSubnet: "10.240.0.0/16", keptBaseSubnet: "10.241.0.0/16" });

    assert.equal(news[2], '2 environments stay in the old block; "cilo network migrate" moves what is outside');
    assert.deepEqual([blue.subnet, green.keptNetworks], ["10.224.0.0/24", kept]);
  });

  for (const [what, settings] of [
    ["say nothing", {}],
    ["say what is so anyhow", { baseSubnet: "10.224.0.0/16", keptBaseSubnet: "10.225.0.0/16" }],
  ] as const) {
    test(`change nothing where they ${what}`, () => {
      const state = makeState([makeEnvironment()]);
      const before = structuredClone(state);

      assert.deepEqual(adoptBaseSubnets(state, settings), []);
      assert.deepEqual(state, before);
    });
  }
});
