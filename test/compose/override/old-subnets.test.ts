import assert from "node:assert/strict";
import { test } from "node:test";
import { isInSubnet, oldSubnets } from "../../../src/compose/override/old-subnets.ts";
import { readingOf } from "../model-builder.ts";

const cases: { behaviour: string; network: object; expected: [string, string][] }[] = [
  { behaviour: "has none without ipam", network: {}, expected: [] },
  {
    behaviour: "has the gateway the project names",
    network: { ipam: { config: [{ subnet: "172.28.0.0/16", gateway: "172.28.5.254" }] } },
    expected: [["172.28.0.0/16", "172.28.5.254"]],
  },
  {
    behaviour: "has the first address for a gateway otherwise",
    network: { ipam: { config: [{ subnet: "192.168.255.128/25" }, { subnet: "10.1.2.3/8" }] } },
    expected: [
      ["192.168.255.128/25", "192.168.255.129"],
      ["10.1.2.3/8", "10.0.0.1"],
    ],
  },
  {
    behaviour: "leaves out IPv6 and what is no subnet",
    network: { ipam: { config: [{ subnet: "fd00::/64" }, { subnet: "nonsense" }, {}, null] } },
    expected: [],
  },
  {
    behaviour: "leaves out those of external networks",
    network: { external: true, ipam: { config: [{ subnet: "172.28.0.0/16" }] } },
    expected: [],
  },
];
for (const { behaviour, network, expected } of cases) {
  test(`a network ${behaviour}`, () => {
    const { base } = readingOf({ services: { web: { image: "web" } }, networks: { lan: network } });

    assert.deepEqual(
      oldSubnets(base).map(({ cidr, gateway }) => [cidr, gateway]),
      expected,
    );
  });
}

test("tells the addresses of a subnet from others", () => {
  const inside = ["172.28.0.0", "172.28.255.255", "172.29.0.0", "172.28.0.256", "::ffff:172.28.0.1"];

  assert.deepEqual(
    inside.map((address) => isInSubnet({ cidr: "172.28.0.0/16" }, address)),
    [true, true, false, false, false],
  );
});
