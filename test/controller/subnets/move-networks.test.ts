import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { moveNetworks } from "../../../src/controller/subnets/move-networks.ts";
import { surveySubnets } from "../../../src/controller/subnets/survey-subnets.ts";
import type { SubnetSurroundings } from "../../../src/controller/subnets/taken-subnets.ts";
import type { NetworkFacts } from "../../../src/model/engine.ts";
import type { Environment } from "../../../src/model/environment.ts";
import { subnetsOf } from "../../../src/model/kept-networks.ts";
import { labelsOfEnvironment } from "../../../src/model/labels.ts";
import { isSubnetOf } from "../../../src/network/cidr.ts";
import { findCollision } from "../../../src/network/pool.ts";
import { makeEnvironment, makeService, makeState } from "../../support/environment.ts";

const none: SubnetSurroundings = { networks: [], routes: [] };
const tunnel: SubnetSurroundings = { networks: [], routes: [{ cidr: "10.224.0.0/23", device: "tun0" }] };
const { installation } = makeState([]);

function blue(changes: Partial<Environment> = {}): Environment {
  const services = {
    web: makeService({ address: "10.224.0.12", addresses: ["10.224.0.12"], networks: ["default"] }),
    db: makeService({ address: null, addresses: ["10.224.0.192"], networks: ["default"] }),
  };
  return makeEnvironment({ services, ...changes });
}

function networkOf(environment: Environment, subnet: string): NetworkFacts {
  const name = `${environment.composeProject}_default`;
  return {
    id: name,
    name,
    labels: labelsOfEnvironment(installation, environment),
    driver: "bridge",
    subnets: [subnet],
  };
}

describe("an environment's move", () => {
  test("goes to the lowest subnet that nobody uses, with the host parts of its services", () => {
    const environment = blue();
    const state = makeState([environment, makeEnvironment({ name: "green", subnet: "10.224.2.0/24" })]);

    const moves = moveNetworks(state, tunnel, { environment, to: null });

    assert.deepEqual(moves, [
      {
        network: "default",
        from: "10.224.0.0/24",
        to: "10.224.3.0/24",
        cause: "it is used by the host's route through tun0",
      },
    ]);
    assert.equal(environment.subnet, "10.224.3.0/24");
    assert.deepEqual(
      Object.values(environment.services).map(({ address, addresses }) => [address, addresses]),
      [
        ["10.224.3.12", []],
        [null, []],
      ],
    );
  });

  test("takes along only those networks that have to move", () => {
    const keptNetworks = { back: "10.225.0.0/24", safe: "10.9.0.0/24" };
    const environment = blue({ keptNetworks });

    const moves = moveNetworks(makeState([environment]), none, { environment, to: null });

    assert.deepEqual(
      moves.map(({ network, from, to }) => [network, from, to]),
      [["safe", "10.9.0.0/24", "10.225.1.0/24"]],
    );
    assert.deepEqual(subnetsOf(environment), ["10.224.0.0/24", "10.225.0.0/24", "10.225.1.0/24"]);
  });

  test("is none where nothing is the matter", () => {
    const environment = blue();
    const before = structuredClone(environment);

    assert.deepEqual(moveNetworks(makeState([environment]), none, { environment, to: null }), []);
    assert.deepEqual(environment, before);
  });

  test("brings a network that is another one on the engine back to the subnet that it was given", () => {
    const environment = blue();
    const surroundings = { networks: [networkOf(environment, "10.9.9.0/24")], routes: [] };

    const moves = moveNetworks(makeState([environment]), surroundings, { environment, to: null });

    assert.deepEqual(
      moves.map(({ from, to }) => [from, to]),
      [["10.9.9.0/24", "10.224.0.0/24"]],
    );
    assert.equal(environment.subnet, "10.224.0.0/24");
  });

  test("fails with who has what when nothing is free", () => {
    const environment = blue();
    const surroundings = { networks: [], routes: [{ cidr: "10.224.0.0/16", device: "tun0" }] };

    assert.throws(() => moveNetworks(makeState([environment]), surroundings, { environment, to: null }), {
      code: "CILO_POOL_EXHAUSTED",
      message: /the host's route through tun0 has 10\.224\.0\.0\/16/,
    });
  });
});

describe("a move to a subnet of one's choice", () => {
  test("needs no other reason", () => {
    const environment = blue();

    const moves = moveNetworks(makeState([environment]), none, { environment, to: "10.224.77.0/24" });

    assert.deepEqual(
      moves.map(({ to, cause }) => [to, cause]),
      [["10.224.77.0/24", "it was asked for"]],
    );
    assert.equal(environment.services.web?.address, "10.224.77.12");
  });

  test("is none when that is the one it has, there or not", () => {
    const environment = blue();
    const at = (networks: NetworkFacts[] | null) =>
      moveNetworks(makeState([environment]), { networks, routes: [] }, { environment, to: environment.subnet });

    assert.deepEqual([at(null), at([]), at([networkOf(environment, environment.subnet)])], [[], [], []]);
    assert.equal(at([networkOf(environment, "10.224.5.0/24")]).length, 1);
  });

  const wrong: [to: string, error: { code: string; message: RegExp }][] = [
    ["10.224.1.0/24", { code: "CILO_SUBNET_TAKEN", message: /it is used by the host's route through tun0$/ }],
    ["10.224.2.0/24", { code: "CILO_SUBNET_TAKEN", message: /it is used by environment shop\/green$/ }],
    ["10.9.0.0/24", { code: "CILO_USAGE", message: /"10\.9\.0\.0\/24", which is outside the base subnet 10\.224/ }],
    ["10.224.3.0/25", { code: "CILO_USAGE", message: /which is no \/24$/ }],
    ["10.224.3.1/24", { code: "CILO_USAGE", message: /which is no \/24$/ }],
    ["next", { code: "CILO_USAGE", message: /"next", which is no \/24$/ }],
  ];
  for (const [to, error] of wrong) {
    test(`is refused before anything is changed: ${to}`, () => {
      const environment = blue();
      const state = makeState([environment, makeEnvironment({ name: "green", subnet: "10.224.2.0/24" })]);
      const before = structuredClone(state);

      assert.throws(() => moveNetworks(state, tunnel, { environment, to }), error);
      assert.deepEqual(state, before);
    });
  }
});

describe("moving all that has a reason to", () => {
  const octets = fc.uniqueArray(fc.nat(15), { maxLength: 6 });
  const routes = fc.array(fc.tuple(fc.nat(15), fc.integer({ min: 22, max: 28 })), { maxLength: 4 });

  test("leaves every environment with a subnet that nobody else uses, and those that were well where they were", () => {
    fc.assert(
      fc.property(octets, routes, fc.constantFrom("10.224.0.0/19", "10.224.0.0/21"), (hosts, taken, baseSubnet) => {
        const surroundings: SubnetSurroundings = {
          networks: [],
          routes: taken.map(([octet, length]) => ({
            cidr: `10.224.${length < 24 ? octet & ~((1 << (24 - length)) - 1) : octet}.0/${length}`,
            device: "tun0",
          })),
        };
        const environments = hosts.map((octet) =>
          makeEnvironment({ name: `e${octet}`, subnet: `10.224.${octet}.0/24` }),
        );
        const state = makeState(environments, { baseSubnet });
        const before = surveySubnets(structuredClone(state), surroundings);
        const room = before.pools[0]?.free ?? 0;
        const wanted = before.environments.filter(({ networks }) => networks.some(({ problem }) => problem !== null));
        fc.pre(wanted.length <= room);

        for (const environment of environments) moveNetworks(state, surroundings, { environment, to: null });

        const after = surveySubnets(state, surroundings);
        assert.ok(after.environments.every(({ networks }) => networks.every((network) => network.state === "ok")));
        for (const { id, subnet } of environments) {
          const others = environments.filter((other) => other.id !== id);
          const held = others.map((other) => ({ cidr: other.subnet, holder: other.name }));
          assert.equal(findCollision(subnet, held), null);
          assert.ok(isSubnetOf(subnet, baseSubnet));
          const found = before.environments.find((environment) => environment.id === id)?.networks[0];
          if (found?.state === "ok") assert.equal(subnet, found.subnet);
        }
      }),
    );
  });
});
