import assert from "node:assert/strict";
import { test } from "node:test";
import { describeForeignContainers } from "../../../src/compose/override/namespaces.ts";
import { describeOldAddresses } from "../../../src/compose/override/old-addresses.ts";
import { writeRewrittenValues } from "../../../src/compose/override/rewritten-values.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const dns = { image: "dns", container_name: "resolver", networks: { lan: { ipv4_address: "172.16.238.10" } } };
const networks = { lan: { name: "lan_fixed" }, web: { name: "cilo-shop-login_web" } };

const cases: { behaviour: string; service: Record<string, unknown>; written: unknown }[] = [
  {
    behaviour: "a static address is replaced in every field that may hold one",
    service: {
      dns: ["1.1.1.1", "172.16.238.10"],
      environment: { DNS: "172.16.238.10:53", KEEP: "x" },
      extra_hosts: ["ns=172.16.238.10"],
      command: ["run", "--dns=172.16.238.10"],
      healthcheck: { test: ["CMD", "ping", "172.16.238.10"], interval: "5s" },
    },
    written: {
      dns: { "!override": ["1.1.1.1", "10.224.3.10"] },
      environment: { DNS: "10.224.3.10:53" },
      extra_hosts: { "!override": ["ns=10.224.3.10"] },
      command: { "!override": ["run", "--dns=10.224.3.10"] },
      healthcheck: { test: { "!override": ["CMD", "ping", "10.224.3.10"] } },
    },
  },
  {
    behaviour: "an address that only begins or ends alike is left alone",
    service: { environment: { A: "172.16.238.100", B: "1172.16.238.10", C: "172.16.238.10.5" } },
    written: undefined,
  },
  {
    behaviour: "a network's name is replaced where the key speaks of a network and the value is that name",
    service: {
      labels: { "traefik.docker.network": "lan_fixed", "my.lan": "lan_fixed" },
      environment: { NETWORK: "cilo-shop-login_web", NETWORK_HINT: "the lan_fixed one", OTHER: "lan_fixed" },
    },
    written: {
      labels: { "traefik.docker.network": "cilo-shop-login_default" },
      environment: { NETWORK: "cilo-shop-login_default" },
    },
  },
  {
    behaviour: "a container of the project is named by its service",
    service: {
      pid: "container:resolver",
      ipc: "container:resolver",
      volumes_from: ["container:resolver:ro", "container:foreign"],
      external_links: ["resolver:ns", "foreign:other"],
    },
    written: {
      pid: "service:dns",
      ipc: "service:dns",
      volumes_from: { "!override": ["dns:ro", "container:foreign"] },
      external_links: { "!override": ["foreign:other"] },
    },
  },
  {
    behaviour: "nothing is written for values that stay",
    service: { pid: "host", command: null, environment: { A: null, B: "$$x" }, labels: { a: "b" } },
    written: undefined,
  },
];

for (const { behaviour, service, written } of cases) {
  test(behaviour, () => {
    const context = contextOf(
      { services: { app: { image: "app", ...service }, dns }, networks },
      { addresses: { dns: "10.224.3.10" } },
    );

    const contribution = toPlain(writeRewrittenValues(context));

    assert.deepEqual(contribution.services, written === undefined ? undefined : { app: written });
  });
}

test("says where a static address stays that has no counterpart in the environment", () => {
  const context = contextOf({
    services: {
      app: { image: "app", environment: { DNS: "172.16.238.10" } },
      dns: { image: "dns", scale: 2, networks: { lan: { ipv4_address: "172.16.238.10" } } },
    },
  });

  const { warnings } = toPlain(describeOldAddresses(context));

  assert.deepEqual(warnings, [
    "service app: environment has the address 172.16.238.10, which no service has in the environment; use the service's name",
  ]);
});

test("says which containers outside the project stay in use", () => {
  const context = contextOf({
    services: { app: { image: "app", ipc: "container:x", volumes_from: ["container:y"], external_links: ["z:zed"] } },
  });

  const { warnings } = toPlain(describeForeignContainers(context));

  assert.deepEqual(warnings, [
    "service app: container:x is not a container of this project, so every copy shares it",
    "service app: container:y is not a container of this project, so every copy shares it",
    "service app: external_links z:zed is not of this project and cannot be reached",
  ]);
});
