import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { surveySubnets } from "../../../src/controller/subnets/survey-subnets.ts";
import type { SubnetSurroundings } from "../../../src/controller/subnets/taken-subnets.ts";
import type { NetworkFacts } from "../../../src/model/engine.ts";
import { type Environment, keyOf } from "../../../src/model/environment.ts";
import { labelsOfEnvironment } from "../../../src/model/labels.ts";
import { makeEnvironment, makeState } from "../../support/environment.ts";

const blue = makeEnvironment();
const green = makeEnvironment({ name: "green", subnet: "10.224.1.0/24" });
const { installation } = makeState([]);

function network(name: string, subnet: string, labels: Record<string, string> = {}): NetworkFacts {
  return { id: name, name, labels, driver: "bridge", subnets: [subnet] };
}

function ownNetwork(environment: Environment, subnet = environment.subnet): NetworkFacts {
  return network(`${environment.composeProject}_default`, subnet, labelsOfEnvironment(installation, environment));
}

/** How each network stands: "shop/blue default ok". */
function standings(environments: Environment[], surroundings: SubnetSurroundings, base = "10.224.0.0/16"): string[] {
  const { environments: surveyed } = surveySubnets(makeState(environments, { baseSubnet: base }), surroundings);
  return surveyed.flatMap(({ key, networks }) =>
    networks.map(({ key: of, state, problem }) => `${key} ${of} ${state}${problem === null ? "" : `: ${problem}`}`),
  );
}

describe("an environment's subnet", () => {
  const bridge = { cidr: blue.subnet, device: "br-1" };
  const cases: [what: string, surroundings: SubnetSurroundings, standing: string][] = [
    ["is well where nothing else is", { networks: [], routes: [] }, "ok"],
    ["is well with its own network and bridge", { networks: [ownNetwork(blue)], routes: [bridge] }, "ok"],
    ["is well with its own bridge where the engine cannot be asked", { networks: null, routes: [bridge] }, "ok"],
    [
      "conflicts with another network",
      { networks: [ownNetwork(blue), network("vpn", "10.224.0.128/25")], routes: [] },
      "conflict: it is used by network vpn",
    ],
    [
      "conflicts with a network of another installation",
      { networks: [network("other", "10.224.0.0/24", { "cilo.installation": "x", "cilo.id": "y" })], routes: [] },
      "conflict: it is used by network other of another CILO_HOME",
    ],
    [
      "conflicts with a route into it",
      { networks: [ownNetwork(blue)], routes: [bridge, { cidr: "10.224.0.7/32", device: "tun0" }] },
      "conflict: it is used by the host's route through tun0",
    ],
    [
      "conflicts with a route in another table",
      { networks: [ownNetwork(blue)], routes: [bridge, { cidr: "10.224.0.0/20", device: "wg0", table: "52" }] },
      "conflict: it is used by the host's route through wg0 in table 52",
    ],
    [
      "conflicts with a route through the device that a macvlan network is on",
      {
        networks: [ownNetwork(blue), { ...network("lan", "192.168.1.0/24"), driver: "macvlan" }],
        routes: [bridge, { cidr: "192.168.1.0/24", device: "eth0" }, { cidr: "10.224.0.0/23", device: "eth0" }],
      },
      "conflict: it is used by the host's route through eth0",
    ],
    [
      "is well under a broader route",
      { networks: [ownNetwork(blue)], routes: [bridge, { cidr: "10.0.0.0/8", device: "tun0" }] },
      "ok",
    ],
    [
      "differs where the engine has another one for it",
      { networks: [ownNetwork(blue, "10.9.9.0/24")], routes: [] },
      "differs: network cilo-shop-blue_default has 10.9.9.0/24 on the engine",
    ],
  ];
  for (const [what, surroundings, standing] of cases) {
    test(what, () => assert.deepEqual(standings([blue], surroundings), [`shop/blue default ${standing}`]));
  }

  test("is outside when subnets are taken from elsewhere now, and then a route to more than it is no conflict", () => {
    const wide = { networks: [], routes: [{ cidr: "10.224.0.0/20", device: "tun0" }] };

    const found = standings([blue], wide, "10.240.0.0/16");

    assert.deepEqual(found, ["shop/blue default outside: it is outside 10.240.0.0/16"]);
  });

  test("conflicts with another environment's, of which state should have none", () => {
    const found = standings([blue, { ...green, subnet: blue.subnet }], { networks: [], routes: [] });

    assert.deepEqual(found, [
      "shop/blue default conflict: it is used by environment shop/green",
      "shop/green default conflict: it is used by environment shop/blue",
    ]);
  });

  test("and those of networks that it keeps are looked at each", () => {
    const keeping = { ...blue, keptNetworks: { safe: "10.225.1.0/24", back: "10.9.0.0/24" } };

    const found = standings([keeping], { networks: [network("x", "10.225.0.0/22")], routes: [] });

    assert.deepEqual(found, [
      "shop/blue default ok",
      "shop/blue back outside: it is outside 10.225.0.0/16",
      "shop/blue safe conflict: it is used by network x",
    ]);
  });
});

describe("the survey of subnets", () => {
  test("counts what is free and says who has the rest, environments apart", () => {
    const surroundings = {
      networks: [
        ownNetwork(blue),
        ownNetwork(green),
        network("vpn", "10.224.8.0/21"),
        network("bridge", "172.17.0.0/16"),
      ],
      routes: [
        { cidr: "0.0.0.0/0", device: "eth0" },
        { cidr: blue.subnet, device: "br-1" },
        { cidr: green.subnet, device: "br-2" },
        { cidr: "10.224.200.0/24", device: "tun0" },
        { cidr: "10.0.0.0/8", device: "tun0" },
      ],
    };

    const survey = surveySubnets(makeState([green, blue]), surroundings);

    assert.deepEqual(survey.pools, [
      {
        purpose: "environments",
        cidr: "10.224.0.0/16",
        size: 256,
        free: 256 - 2 - 8 - 1,
        others: [
          { holder: "network vpn", subnets: ["10.224.8.0/21"] },
          { holder: "the host's route through tun0", subnets: ["10.224.200.0/24"] },
        ],
      },
      { purpose: "kept-networks", cidr: "10.225.0.0/16", size: 256, free: 256, others: [] },
    ]);
    assert.deepEqual(
      survey.environments.map((environment) => environment.key),
      [keyOf(blue), keyOf(green)],
    );
    assert.equal(survey.warnings.length, 1);
    assert.match(survey.warnings[0] ?? "", /10\.0\.0\.0\/8 through tun0, which covers 10\.224\.0\.0\/16/);
  });

  test("says what the engine has, and that it is not known where it could not be asked", () => {
    const networkOf = (networks: NetworkFacts[] | null) =>
      surveySubnets(makeState([blue]), { networks, routes: [] }).environments[0]?.networks[0];

    assert.deepEqual(
      [[ownNetwork(blue)], [], null].map((networks) => networkOf(networks)?.engineSubnets),
      [["10.224.0.0/24"], [], null],
    );
  });
});
