import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { subnetsCheck } from "../../src/doctor/subnets-check.ts";
import type { NetworkFacts } from "../../src/model/engine.ts";
import { labelsOfEnvironment } from "../../src/model/labels.ts";
import type { HostRoute } from "../../src/network/routes.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { makeSurvey, noObjects, toLines } from "./survey.ts";

const blue = makeEnvironment();
const state = makeState([blue]);
const own = network("cilo-shop-blue_default", blue.subnet, labelsOfEnvironment(state.installation, blue));

function network(name: string, subnet: string, labels: Record<string, string> = {}): NetworkFacts {
  return { id: name, name, labels, driver: "bridge", subnets: [subnet] };
}

function check(networks: NetworkFacts[], routes: HostRoute[] = [], base = state): Promise<string[]> {
  const survey = makeSurvey({
    state: async () => base,
    objects: async () => ({ ...noObjects, networks }),
    machine: { routes: async () => routes },
  });
  return subnetsCheck.run(survey).then(toLines);
}

const well = "ok: environments have 1 subnet of 10.224.0.0/16; nobody else uses it";

describe("the check of subnets", () => {
  test("is content while nobody else has them", async () => {
    assert.deepEqual(await check([own, network("bridge", "172.17.0.0/16")]), [well]);
  });

  test("finds a route of the host into the subnet of what runs, with the command that moves it", async () => {
    const lines = await check(
      [own],
      [
        { cidr: "10.224.0.0/24", device: "br-1" },
        { cidr: "10.224.0.0/24", device: "tun0" },
      ],
    );

    assert.deepEqual(lines, [
      "problem: 10.224.0.0/24 of shop/blue: it is used by the host's route through tun0 as well, and packets may end there -> cilo network migrate --env shop/blue",
    ]);
  });

  test("only mentions one whose network is yet to be made: it is given another", async () => {
    assert.deepEqual(await check([network("vpn", "10.224.0.0/20")]), [
      "ok: environments have 1 subnet of 10.224.0.0/16",
      'info: 10.224.0.0/24 of shop/blue: it is used by network vpn; the next "cilo up shop/blue" takes another',
    ]);
  });

  test("finds a network that has another subnet than state says", async () => {
    const moved = { ...own, subnets: ["10.224.9.0/24"] };

    assert.deepEqual(await check([moved]), [
      "problem: 10.224.0.0/24 of shop/blue: network cilo-shop-blue_default has 10.224.9.0/24 on the engine -> cilo down shop/blue && cilo up shop/blue",
    ]);
  });

  test("mentions a broader route, as a VPN's, and what is outside of the block", async () => {
    const moved = { ...state, baseSubnet: "10.99.0.0/16" };

    const [first, second = "", third = ""] = await check([own], [{ cidr: "10.0.0.0/8", device: "tun0" }], moved);

    assert.equal(first, "ok: environments have 1 subnet of 10.99.0.0/16");
    assert.match(
      second,
      /^info: 10\.224\.0\.0\/24 of shop\/blue: it is outside 10\.99\.0\.0\/16 -> cilo network migrate/,
    );
    assert.match(third, /^info: the host routes 10\.0\.0\.0\/8 through tun0/);
  });

  test("warns when there is next to none left to give", async () => {
    const lines = await check([own], [], { ...state, baseSubnet: "10.224.0.0/22" });

    assert.deepEqual(lines, ["warning: only 3 of 4 subnets of 10.224.0.0/22 are free -> cilo network status"]);
  });
});
