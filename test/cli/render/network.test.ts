import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeMigration, renderMigrated, renderNetworkStatus } from "../../../src/cli/render/network.ts";
import type { NetworkStatus } from "../../../src/controller/network-status.ts";
import type { SurveyedNetwork } from "../../../src/controller/subnets/survey-subnets.ts";
import { makeEnvironment } from "../../support/environment.ts";

const pools: NetworkStatus["pools"] = [
  { purpose: "environments", cidr: "10.224.0.0/16", size: 256, free: 254, others: [] },
  { purpose: "kept-networks", cidr: "10.225.0.0/16", size: 256, free: 256, others: [] },
];
const nothing: NetworkStatus = {
  pools,
  environments: [],
  warnings: [],
  pending: { baseSubnet: null, keptBaseSubnet: null },
  engineProblem: null,
};

function networkOf(changes: Partial<SurveyedNetwork>): SurveyedNetwork {
  const well = { key: "default", name: "n", subnet: "10.224.0.0/24", state: "ok" as const };
  return { ...well, problem: null, engineSubnets: [], ...changes };
}

describe("network status", () => {
  test("without environments has the base subnet", () => {
    assert.equal(renderNetworkStatus(nothing), "base subnet 10.224.0.0/16: 254 of 256 subnets are free\n");
  });

  test("has every network with what is the matter, who else is there, and what to run", () => {
    const [own, kept] = pools;
    assert.ok(own && kept);
    const status: NetworkStatus = {
      ...nothing,
      pools: [
        { ...own, others: [{ holder: "the host's route through tun0", subnets: ["10.224.1.0/25", "10.224.7.7/32"] }] },
        kept,
      ],
      environments: [
        {
          key: "shop/blue",
          id: "1",
          networks: [networkOf({}), networkOf({ key: "back", subnet: "10.225.0.0/24" })],
        },
        {
          key: "shop/green",
          id: "2",
          networks: [
            networkOf({
              subnet: "10.224.1.0/24",
              state: "conflict",
              problem: "it is used by the host's route through tun0",
            }),
          ],
        },
      ],
    };

    assert.equal(
      renderNetworkStatus(status),
      `base subnet 10.224.0.0/16: 254 of 256 subnets are free
kept networks 10.225.0.0/16: 256 of 256 subnets are free

ENVIRONMENT  NETWORK  SUBNET         STATE
shop/blue    default  10.224.0.0/24  ok
shop/blue    back     10.225.0.0/24  ok
shop/green   default  10.224.1.0/24  conflict: it is used by the host's route through tun0

OTHERS                         SUBNETS
the host's route through tun0  10.224.1.0/25, 10.224.7.7/32

run "cilo network migrate" to move what cannot stay; with --dry-run it only shows how
`,
    );
  });

  test("says what config.yml will change", () => {
    const status = { ...nothing, pending: { baseSubnet: "10.240.0.0/16", keptBaseSubnet: null } };

    assert.match(
      renderNetworkStatus(status),
      /^base subnet 10\.224\.0\.0\/16: .*; config\.yml says 10\.240\.0\.0\/16, from the next create, up or network migrate on\n$/,
    );
  });
});

describe("a migration", () => {
  const environment = makeEnvironment({ status: "stopped" });
  const move = { network: "default", from: "10.224.0.0/24", to: "10.224.1.0/24", cause: "it is used by network vpn" };

  test("is described with its cause and what is made anew", () => {
    const moves = [move, { ...move, network: "back", from: "10.225.0.0/24", to: "10.225.0.0/24", cause: "it differs" }];

    assert.deepEqual(describeMigration({ environment, moves, running: ["cilo-shop-blue-web-1"], oneOffs: ["x"] }), [
      "shop/blue moves from 10.224.0.0/24 to 10.224.1.0/24: it is used by network vpn",
      "shop/blue, network back is put on 10.225.0.0/24 again: it differs",
      "  container cilo-shop-blue-web-1 is made anew",
      "  container x is ended",
    ]);
  });

  test("that was cut off is described as what it goes on with", () => {
    assert.deepEqual(describeMigration({ environment, moves: [], running: [], oneOffs: [] }), [
      "shop/blue goes on where an interrupted migration ended",
    ]);
  });

  test("is told with where the environment is now, and whether it is up", () => {
    const up = makeEnvironment();

    assert.equal(renderMigrated(environment, [move]), "shop/blue has moved to 10.224.1.0/24\n");
    assert.equal(
      renderMigrated(up, [move, { ...move, network: "back", to: "10.225.1.0/24" }]),
      "shop/blue has moved to 10.224.1.0/24, 10.225.1.0/24 (back) and is up\n",
    );
    assert.equal(renderMigrated(up, []), "shop/blue is where it was and is up\n");
  });
});
