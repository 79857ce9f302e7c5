import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseSubnet, findSubnetHolder } from "../../src/controller/subnets.ts";
import type { NetworkFacts } from "../../src/model/engine.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";

const blue = makeEnvironment({ subnet: "10.224.0.0/24" });

function network(name: string, subnet: string, labels: Record<string, string> = {}): NetworkFacts {
  return { id: name, name, labels, driver: "bridge", subnets: [subnet] };
}

describe("chooseSubnet", () => {
  const cases: [string, Parameters<typeof chooseSubnet>[1], string][] = [
    ["takes the lowest free one", { networks: [], routes: [] }, "10.224.1.0/24"],
    ["passes a network of the engine", { networks: [network("x", "10.224.1.0/24")], routes: [] }, "10.224.2.0/24"],
    ["passes a wide network", { networks: [network("x", "10.224.0.0/22")], routes: [] }, "10.224.4.0/24"],
    [
      "passes a route of the host",
      { networks: [], routes: [{ cidr: "10.224.1.0/25", device: "tun0" }] },
      "10.224.2.0/24",
    ],
    [
      "does not mind a broader route",
      { networks: [], routes: [{ cidr: "10.0.0.0/8", device: "tun0" }] },
      "10.224.1.0/24",
    ],
    ["works without an engine", { networks: null, routes: [] }, "10.224.1.0/24"],
  ];
  for (const [what, surroundings, expected] of cases) {
    test(what, () => {
      assert.equal(chooseSubnet(makeState([blue]), surroundings), expected);
    });
  }
});

describe("findSubnetHolder", () => {
  const own = network("cilo-shop-blue_default", "10.224.0.0/24", { "cilo.id": blue.id });
  const bridge = { cidr: "10.224.0.0/24", device: "br-1" };

  test("does not count the environment's own network and its route", () => {
    assert.equal(findSubnetHolder(makeState([blue]), { networks: [own], routes: [bridge] }, blue), null);
  });

  test("finds another network, another environment and a VPN's route", () => {
    const state = makeState([blue]);

    const byNetwork = findSubnetHolder(state, { networks: [network("vpn", "10.224.0.0/16")], routes: [] }, blue);
    const byRoute = findSubnetHolder(
      state,
      { networks: [], routes: [{ cidr: "10.224.0.0/24", device: "tun0" }] },
      blue,
    );

    assert.equal(byNetwork?.holder, "network vpn");
    assert.match(byRoute?.holder ?? "", /tun0/);
  });
});
