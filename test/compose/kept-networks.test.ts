import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keptKeysOf, namesOfNetworks, networksOfServices } from "../../src/compose/kept-networks.ts";
import { networkModesOf } from "../../src/compose/network-mode.ts";
import { composeProject, type ModelText, readingOf } from "./model-builder.ts";

const networks = {
  front: {},
  back: { internal: true },
  admin: { internal: true },
  company: { external: true, internal: true, name: "corp" },
};

function placesOf(model: ModelText, choice: "flatten" | "preserve" = "preserve"): Record<string, string[]> {
  const reading = readingOf({ networks, ...model }, { copyOptions: { networks: choice } });
  return Object.fromEntries(networksOfServices(reading, networkModesOf(reading)));
}

describe("the networks a service is on in a copy that keeps internal ones", () => {
  const cases: [what: string, service: object, expected: string[] | undefined][] = [
    ["none of the project's", {}, ["default"]],
    ["one that is not internal", { networks: { front: null } }, ["default"]],
    ["internal ones alone", { networks: { back: null, admin: null } }, ["admin", "back"]],
    ["internal ones and another", { networks: { back: null, front: null } }, ["default", "back"]],
    ["an external one, which is replaced though it is internal", { networks: { company: null } }, ["default"]],
    ["the engine's bridge", { network_mode: "bridge" }, ["default"]],
    ["the host's network", { network_mode: "host" }, undefined],
    ["another service's", { network_mode: "service:other" }, undefined],
  ];
  for (const [what, service, expected] of cases) {
    test(what, () => {
      assert.deepEqual(
        placesOf({ services: { web: { image: "x", ...service }, other: { image: "x" } } }).web,
        expected,
      );
    });
  }

  test("one and the same for all where networks are flattened", () => {
    const services = { web: { image: "x", networks: { back: null, admin: null } } };

    assert.deepEqual(placesOf({ services }, "flatten"), { web: ["default"] });
  });
});

test("an internal default network gets another key: under that one is the copy's own, which has a way out", () => {
  const model = {
    services: { web: { image: "x", networks: { default: null } }, api: { image: "x", networks: { front: null } } },
    networks: { default: { internal: true }, default_internal: {}, front: {} },
  };
  const reading = readingOf(model, { copyOptions: { networks: "preserve" } });

  assert.deepEqual([...keptKeysOf(reading)], [["default", "default_internal-2"]]);
  assert.deepEqual(placesOf(model), { web: ["default_internal-2"], api: ["default"] });
});

test("names the copy's networks after its Compose project", () => {
  const reading = readingOf({ services: {}, networks }, { copyOptions: { networks: "preserve" } });

  assert.deepEqual(
    [...namesOfNetworks(reading, { networkName: "cilo-shop-login_default", composeProject })],
    [
      ["default", "cilo-shop-login_default"],
      ["admin", "cilo-shop-login_admin"],
      ["back", "cilo-shop-login_back"],
    ],
  );
});
