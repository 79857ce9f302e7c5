import assert from "node:assert/strict";
import { test } from "node:test";
import { findNetworkOptions } from "../../../src/compose/lint/network-options.ts";
import { contextOf } from "../model-builder.ts";

/** What web says of its network, what the network says of itself, and what is told: path and statement. */
const cases: { attachment?: object | null; network?: object; mode?: string; told: string[] }[] = [
  { attachment: null, network: { name: "front", ipam: {} }, told: [] },
  { attachment: { aliases: ["www"], ipv4_address: "10.0.0.2", mac_address: "02:42:ac:11:65:43" }, told: [] },
  {
    attachment: { priority: 1, gw_priority: 2, link_local_ips: ["169.254.0.1"], interface_name: "eth9" },
    told: [
      "services.web.networks.front: priority, gw_priority, link_local_ips and interface_name on the network front have no effect on the copy's own network",
    ],
  },
  {
    attachment: { ipv6_address: "2001:db8::1", driver_opts: {}, link_local_ips: [] },
    told: ["services.web.networks.front: ipv6_address on the network front has no effect on the copy's own network"],
  },
  { network: { driver: "bridge" }, told: [] },
  {
    network: { driver: "macvlan" },
    told: ["networks.front.driver: driver macvlan is replaced by a bridge network of the copy's own"],
  },
  {
    network: { ipam: { config: [{ subnet: "172.28.0.0/16" }] } },
    told: ["networks.front.ipam: its addresses are replaced by the copy's own"],
  },
  {
    network: { enable_ipv6: true, attachable: true },
    told: [
      "networks.front.enable_ipv6: enable_ipv6 has no effect, a copy's networks have IPv4 only",
      "networks.front.attachable: attachable has no effect, the network is the copy's own",
    ],
  },
  {
    network: { driver_opts: { "com.docker.network.bridge.name": "br-shop", parent: "eth0" } },
    told: [
      "networks.front.driver_opts.com.docker.network.bridge.name: the name of its bridge is dropped, as only one network can have it",
      "networks.front.driver_opts: driver_opts parent have no effect on the copy's own network",
    ],
  },
  { network: { external: true, driver: "overlay" }, told: [] },
  { attachment: { priority: 1 }, mode: "none", told: [] },
];

for (const { attachment = null, network = {}, mode, told } of cases) {
  test(`${JSON.stringify({ attachment, network, mode })}: ${told.length === 0 ? "nothing is lost" : "it is told"}`, () => {
    const web = {
      image: "web",
      networks: { front: attachment },
      ...(mode === undefined ? {} : { network_mode: mode }),
    };

    const findings = findNetworkOptions(
      contextOf({ services: { web }, networks: { front: network, unused: { driver: "x" } } }),
    );

    assert.deepEqual(
      findings.map(({ path, statement }) => `${path.join(".")}: ${statement}`),
      told,
    );
  });
}
