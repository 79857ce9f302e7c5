import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { describeForeignContainers } from "../../../src/compose/override/namespaces.ts";
import { describeOldAddresses } from "../../../src/compose/override/old-addresses.ts";
import { writeRewrittenValues } from "../../../src/compose/override/rewritten-values.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const dns = { image: "dns", container_name: "resolver", networks: { lan: { ipv4_address: "172.16.238.10" } } };
const networks = {
  lan: { name: "lan_fixed", ipam: { config: [{ subnet: "172.16.238.0/24" }] } },
  web: { name: "cilo-shop-login_web" },
};

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
    behaviour: "a network's gateway and its subnet are replaced by those of the environment's",
    service: {
      extra_hosts: ["host.lan=172.16.238.1"],
      environment: { TRUSTED: "127.0.0.1,172.16.238.0/24", NOT: "172.16.238.0/25" },
    },
    written: {
      environment: { TRUSTED: "127.0.0.1,10.224.3.0/24" },
      extra_hosts: { "!override": ["host.lan=10.224.3.1"] },
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

test("says where another address of the project's subnets is left, and of no others", () => {
  const context = contextOf(
    {
      services: {
        app: {
          image: "app",
          environment: { A: "172.16.238.77", B: "172.16.239.1", C: "1.172.16.238.77", D: "172.16.238.999" },
        },
        dns,
      },
      networks: { ...networks, other: { external: true, ipam: { config: [{ subnet: "172.16.239.0/24" }] } } },
    },
    { addresses: { dns: "10.224.3.10" } },
  );

  const { warnings } = toPlain(describeOldAddresses(context));

  assert.deepEqual(warnings, [
    "service app: environment has the address 172.16.238.77, which no service has in the environment; use the service's name",
  ]);
});

test("a bind beside the copy leads to a directory of its own, and one around it has the copy in it", () => {
  const home = "/home/ada/.cilo";
  const mounts = ["data", "..", "blue/site"].map((path) => ({
    type: "bind",
    source: posix.join(home, "envs/shop", path),
    target: `/${path === ".." ? "workspaces" : path}`,
    bind: { create_host_path: true },
  }));
  const context = contextOf({ services: { app: { image: "app", volumes: mounts } } });
  const reading = {
    ...context.reading,
    workspaceRoot: `${home}/envs/shop/blue`,
    surroundings: { home, standIns: `${home}/own`, sourceRoot: "/src/shop" },
  };

  const { services } = toPlain(writeRewrittenValues({ ...context, reading }));

  const [data, around, inside] = mounts;
  const written = [
    { ...data, source: `${home}/own/data` },
    { ...around, source: `${home}/own/up` },
    { ...around, source: `${home}/envs/shop/blue`, target: "/workspaces/src/shop" },
    inside,
  ];
  assert.deepEqual(services, { app: { volumes: { "!override": written } } });
});

test("an address that exclusive profiles share means the service that runs", () => {
  const lan = { networks: { lan: { ipv4_address: "172.16.238.77" } } };
  const context = contextOf(
    {
      services: {
        "a-off": { image: "x", profiles: ["never"], ...lan },
        "b-on": { image: "x", profiles: ["dev"], ...lan, command: ["172.16.238.77"] },
      },
    },
    { active: ["b-on"], addresses: { "a-off": "10.224.3.10", "b-on": "10.224.3.11" } },
  );

  const { services } = toPlain(writeRewrittenValues(context));

  assert.deepEqual(services, { "b-on": { command: { "!override": ["10.224.3.11"] } } });
});

test("says where addresses are left that are in a config's content, of IPv6, or beside a control character", () => {
  const context = contextOf(
    {
      services: {
        app: { image: "app", environment: { A: "\u0001172.16.238.99", B: "[2001:DB8::11]:80", C: "12:30:45" } },
        dns,
        six: { image: "x", networks: { lan: { ipv6_address: "2001:db8::11" } } },
      },
      networks,
      configs: { inline: { content: "peer 172.16.238.98" } },
    },
    { addresses: { dns: "10.224.3.10" } },
  );

  const { findings = [] } = describeOldAddresses(context);

  assert.deepEqual(
    findings.map(({ path, item }) => [path.join("."), item]),
    [
      ["services.app.environment", "172.16.238.99"],
      ["services.app.environment", "2001:DB8::11"],
      ["configs.inline.content", "172.16.238.98"],
    ],
  );
});

test("a key with a dollar sign is written as the project writes it", () => {
  const context = contextOf({
    services: { app: { image: "app", environment: { NETWORK$$X: "lan_fixed" }, networks: { lan: null } } },
    networks,
  });

  const { services } = toPlain(writeRewrittenValues(context));

  assert.deepEqual(services, { app: { environment: { NETWORK$X: "cilo-shop-login_default" } } });
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

test("what names a network that is kept, or an address there, is replaced by the copy's network of that key", () => {
  const model = {
    services: {
      app: {
        image: "app",
        labels: { "traefik.docker.network": "shop-back" },
        environment: { BACK: "172.30.9.10", FRONT: "172.30.8.10", FRONT_NETWORK: "shop-front", GATEWAY: "172.30.9.1" },
        networks: { back: null },
      },
      db: {
        image: "db",
        networks: { front: { ipv4_address: "172.30.8.10" }, back: { ipv4_address: "172.30.9.10" } },
      },
    },
    networks: {
      front: { name: "shop-front", ipam: { config: [{ subnet: "172.30.8.0/24" }] } },
      back: { name: "shop-back", internal: true, ipam: { config: [{ subnet: "172.30.9.0/24" }] } },
    },
  };
  const context = contextOf(model, {
    copyOptions: { networks: "preserve" },
    addresses: { app: "10.225.0.10", db: "10.224.3.11" },
    keptSubnets: { back: "10.225.0.0/24" },
  });

  assert.deepEqual(toPlain(writeRewrittenValues(context)), {
    services: {
      app: {
        labels: { "traefik.docker.network": "cilo-shop-login_back" },
        environment: {
          BACK: "10.225.0.11",
          FRONT: "10.224.3.11",
          FRONT_NETWORK: "cilo-shop-login_default",
          GATEWAY: "10.225.0.1",
        },
      },
    },
  });
  assert.equal(toPlain(describeOldAddresses(context)).warnings, undefined);
});
