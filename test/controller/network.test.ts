import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { requireNetworks } from "../../src/controller/network.ts";
import type { NetworkFacts } from "../../src/model/engine.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

const installation = "i-1";
const environment = makeEnvironment({
  services: { web: makeService({ networks: ["default"] }), db: makeService({ networks: ["back", "safe"] }) },
});

function network(key: string, id = environment.id): NetworkFacts {
  const name = `cilo-shop-blue_${key}`;
  return {
    id: name,
    name,
    labels: { "cilo.installation": installation, "cilo.id": id },
    driver: "bridge",
    subnets: [],
  };
}

describe("requireNetworks", () => {
  test("is content when the networks that services are on are there", () => {
    requireNetworks(
      { installation, environment },
      ["default", "back", "safe"].map((key) => network(key)),
    );
  });

  for (const [what, networks, missing] of [
    ["one that the project keeps since", [network("default"), network("safe")], ["back"]],
    ["all after they were pruned", [], ["default", "back", "safe"]],
    ["one whose name somebody else's has", [network("default"), network("back"), network("safe", "other")], ["safe"]],
  ] as const) {
    test(`misses ${what}, and says how to make it`, () => {
      assert.throws(
        () => requireNetworks({ installation, environment }, networks),
        (error) => {
          assert.ok(error instanceof CiloError);
          assert.equal(error.code, "CILO_NETWORK_MISSING");
          const names = missing.map((key) => `cilo-shop-blue_${key}`);
          assert.deepEqual(error.details, { networks: names });
          assert.ok(error.message.includes(names.join(", ")), error.message);
          assert.match(error.hint ?? "", /^run "cilo up shop\/blue"/);
          return true;
        },
      );
    });
  }
});
