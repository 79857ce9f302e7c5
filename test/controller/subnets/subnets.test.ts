import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import {
  chooseSubnet,
  describePlacement,
  findSubnetHolder,
  placeNetworks,
} from "../../../src/controller/subnets/subnets.ts";
import type { SubnetSurroundings } from "../../../src/controller/subnets/taken-subnets.ts";
import type { NetworkFacts } from "../../../src/model/engine.ts";
import type { Environment } from "../../../src/model/environment.ts";
import type { State } from "../../../src/model/state.ts";
import { makeEnvironment, makeService, makeState } from "../../support/environment.ts";

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

describe("a pool of which nothing is left", () => {
  test("is told with who has what, an environment and its network once", () => {
    const green = makeEnvironment({ name: "green", subnet: "10.224.1.0/24" });
    const state = makeState([blue, green], { baseSubnet: "10.224.0.0/22" });
    const labelsOf = ({ id }: Environment) => ({ "cilo.installation": state.installation, "cilo.id": id });
    const others = { "cilo.installation": "another", "cilo.id": "x" };
    const networks = [
      network("cilo-shop-blue_default", "10.224.0.0/24", labelsOf(blue)),
      network("cilo-shop-green_default", "10.224.1.0/24", labelsOf(green)),
      network("cilo-shop-red_default", "10.224.2.0/24", others),
      network("vpn", "10.224.3.128/25"),
    ];

    assert.throws(() => chooseSubnet(state, { networks, routes: [] }), {
      code: "CILO_POOL_EXHAUSTED",
      message:
        "no /24 is free in 10.224.0.0/22: environment shop/blue has 10.224.0.0/24; environment shop/green has 10.224.1.0/24; " +
        "network cilo-shop-red_default of another CILO_HOME has 10.224.2.0/24; network vpn has 10.224.3.128/25",
    });
  });
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

describe("subnets of networks that are kept", () => {
  const none = { networks: [], routes: [] };
  const keeping = () =>
    makeEnvironment({
      keptNetworks: { back: "10.225.0.0/24", safe: "10.225.1.0/24" },
      services: {
        api: makeService({ address: "10.224.0.10", addresses: ["10.224.0.10"], networks: ["default", "back"] }),
        db: makeService({ address: "10.225.0.11", addresses: ["10.225.0.11"], networks: ["back"] }),
        gone: makeService({ address: "10.225.0.12", networks: [] }),
      },
    });

  const pools: [what: string, changes: Partial<State>, surroundings: SubnetSurroundings, expected: string][] = [
    ["the lowest free one of 10.225.0.0/16", {}, none, "10.225.2.0/24"],
    ["one of the pool that state names", { keptBaseSubnet: "10.9.0.0/16" }, none, "10.9.0.0/24"],
    [
      "one beside the environments' where both share a pool",
      { keptBaseSubnet: "10.224.0.0/16" },
      none,
      "10.224.1.0/24",
    ],
    [
      "none that a network or a route has",
      {},
      { networks: [network("x", "10.225.2.0/24")], routes: [{ cidr: "10.225.3.0/24", device: "tun0" }] },
      "10.225.4.0/24",
    ],
  ];
  for (const [what, changes, surroundings, expected] of pools) {
    test(`take ${what}`, () => {
      assert.equal(chooseSubnet(makeState([keeping()], changes), surroundings, "more"), expected);
    });
  }

  test("are not given to an environment's own network either", () => {
    const state = makeState([keeping()], { baseSubnet: "10.225.0.0/16" });

    assert.equal(chooseSubnet(state, none), "10.225.2.0/24");
  });

  test("stay as they are while nobody else uses them, and only new ones are given", () => {
    const environment = keeping();
    const state = makeState([environment]);
    const own = ["default", "back"].map((key, index) =>
      network(`cilo-shop-blue_${key}`, ["10.224.0.0/24", "10.225.0.0/24"][index] ?? "", labelsOf(environment)),
    );
    const services = structuredClone(environment.services);

    placeNetworks(state, { networks: own, routes: [] }, { environment, kept: ["back", "new"], isBound: true });

    assert.deepEqual(environment.keptNetworks, {
      back: "10.225.0.0/24",
      safe: "10.225.1.0/24",
      new: "10.225.2.0/24",
    });
    assert.deepEqual([environment.subnet, environment.services], ["10.224.0.0/24", services]);
  });

  test("move when others use them and nothing runs, with the host parts of their services", () => {
    const environment = keeping();
    const before = structuredClone(environment);
    const surroundings = { networks: [network("vpn", "10.225.0.0/25")], routes: [] };
    const state = makeState([environment]);

    placeNetworks(state, surroundings, { environment, kept: ["back"], isBound: false });

    assert.deepEqual(environment.keptNetworks, { back: "10.225.2.0/24", safe: "10.225.1.0/24" });
    const addresses = Object.values(environment.services).map(({ address }) => address);
    assert.deepEqual(addresses, ["10.224.0.10", "10.225.2.11", "10.225.2.12"]);
    assert.deepEqual(describePlacement(state, surroundings, { before, after: environment }), {
      moves: ["10.225.0.0/24 is used by others now; shop/blue has moved to 10.225.2.0/24"],
      warnings: [],
    });
  });

  const taker = network("vpn", "10.225.0.0/25");
  const labelsOf = ({ id }: Environment): Record<string, string> => ({ "cilo.installation": "i-1", "cilo.id": id });
  const backOf = (environment: Environment, labels = labelsOf(environment)) =>
    network("cilo-shop-blue_back", "10.225.0.0/24", labels);

  for (const [what, networksOf] of [
    ["their network is there", (environment) => [backOf(environment), taker]],
    ["the engine does not say whether it is", () => null],
  ] satisfies [string, (environment: Environment) => NetworkFacts[] | null][]) {
    test(`cannot move while there are containers and ${what}`, () => {
      const environment = keeping();
      const state = makeState([environment], { installation: "i-1" });
      const routes = [{ cidr: "10.225.0.0/25", device: "tun0" }];

      assert.throws(
        () =>
          placeNetworks(
            state,
            { networks: networksOf(environment), routes },
            { environment, kept: ["back"], isBound: true },
          ),
        (error) =>
          error instanceof CiloError &&
          error.code === "CILO_SUBNET_TAKEN" &&
          error.message.startsWith("the subnet 10.225.0.0/24 of shop/blue is now used by "),
      );
    });
  }

  for (const [what, networksOf] of [
    ["is not there", () => [taker]],
    ["is somebody else's", (environment) => [taker, backOf(environment, { "cilo.id": environment.id })]],
  ] satisfies [string, (environment: Environment) => NetworkFacts[]][]) {
    test(`move beside containers where the network of that name ${what}; addresses on others stay`, () => {
      const environment = keeping();
      const state = makeState([environment], { installation: "i-1" });
      const own = network("cilo-shop-blue_default", "10.224.0.0/24", labelsOf(environment));

      placeNetworks(
        state,
        { networks: [own, ...networksOf(environment)], routes: [] },
        { environment, kept: ["back"], isBound: true },
      );

      assert.deepEqual([environment.subnet, environment.keptNetworks?.back], ["10.224.0.0/24", "10.225.2.0/24"]);
      const { api, db } = environment.services;
      assert.deepEqual([api?.address, api?.addresses], ["10.224.0.10", ["10.224.0.10"]]);
      assert.deepEqual([db?.address, db?.addresses], ["10.225.2.11", []]);
    });
  }

  test("are warned of where a broader route covers them, and only where there are any", () => {
    const surroundings = { networks: [], routes: [{ cidr: "10.225.0.0/15", device: "tun0" }] };
    const warningsOf = (environment: Environment) =>
      describePlacement(makeState([environment]), surroundings, { before: environment, after: environment }).warnings;

    assert.equal(warningsOf(keeping()).length, 2);
    assert.equal(warningsOf(makeEnvironment()).length, 1);
  });
});
