import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isHostIn,
  keptNetworksInUse,
  networkNamesOf,
  publishedSubnets,
  sameHostIn,
  subnetsOf,
} from "../../src/model/kept-networks.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";

const keptNetworks = { safe: "10.225.1.0/24", back: "10.225.0.0/24" };

test("an environment's networks come in one order: its own, then kept ones by key", () => {
  const environment = makeEnvironment({ keptNetworks });

  assert.deepEqual(subnetsOf(environment), ["10.224.0.0/24", "10.225.0.0/24", "10.225.1.0/24"]);
  assert.deepEqual(
    [...networkNamesOf(environment)],
    [
      ["default", "cilo-shop-blue_default"],
      ["back", "cilo-shop-blue_back"],
      ["safe", "cilo-shop-blue_safe"],
    ],
  );
});

test("an environment that keeps none has its own", () => {
  assert.deepEqual(subnetsOf(makeEnvironment()), ["10.224.0.0/24"]);
  assert.deepEqual([...networkNamesOf(makeEnvironment()).keys()], ["default"]);
});

test("those in use are what services are on, and services of older state files say nothing", () => {
  const services = {
    web: makeService({ networks: ["default"] }),
    api: makeService({ networks: ["default", "safe"] }),
    db: makeService({ networks: ["back", "safe"] }),
    old: makeService(),
  };

  assert.deepEqual(keptNetworksInUse({ services }), ["back", "safe"]);
});

test("an address has its host part in another network", () => {
  assert.equal(sameHostIn("10.225.7.0/24", "10.224.3.191"), "10.225.7.191");
  assert.deepEqual(
    ["10.225.7.10", "10.225.70.10", "10.224.7.10"].map((address) => isHostIn("10.225.7.0/24", address)),
    [true, false, false],
  );
});

test("the subnet of kept networks has names once there is one of them", () => {
  const none = [makeEnvironment(), makeEnvironment({ name: "green", keptNetworks: {} })];
  const some = [makeEnvironment(), makeEnvironment({ name: "green", keptNetworks })];
  const state = makeState([]);

  assert.deepEqual(publishedSubnets(state, none), ["10.224.0.0/16"]);
  assert.deepEqual(publishedSubnets(state, some), ["10.224.0.0/16", "10.225.0.0/16"]);
});

test("what was given out before the base subnets became others has names too", () => {
  const environments = [makeEnvironment(), makeEnvironment({ name: "green", subnet: "10.240.3.0/24", keptNetworks })];
  const state = { ...makeState([]), baseSubnet: "10.240.0.0/16", keptBaseSubnet: "10.225.1.0/24" };

  assert.deepEqual(publishedSubnets(state, environments), [
    "10.240.0.0/16",
    "10.225.1.0/24",
    "10.224.0.0/24",
    "10.225.0.0/24",
  ]);
});
