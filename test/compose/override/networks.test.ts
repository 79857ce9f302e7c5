import assert from "node:assert/strict";
import { test } from "node:test";
import { replaceNetworks } from "../../../src/compose/override/networks.ts";
import { contextOf, type ModelText, toPlain } from "../model-builder.ts";

function attachmentOf(model: ModelText, addresses: Record<string, string | null> = {}) {
  const { services } = toPlain(replaceNetworks(contextOf(model, { addresses }))) as {
    services?: Record<string, { networks: { "!override": { default: Record<string, unknown> } } }>;
  };
  return services?.web?.networks["!override"].default;
}

test("replaces all networks by the environment's one, under the key a service without networks joins", () => {
  const { networks } = toPlain(
    replaceNetworks(
      contextOf({
        services: { web: { image: "web", networks: { front: null } } },
        networks: { front: { name: "company", ipam: { config: [{ subnet: "172.20.0.0/16" }] } } },
      }),
    ),
  );

  assert.deepEqual(networks, { "!override": { default: { external: true, name: "cilo-shop-login_default" } } });
});

test("gives a service the address reserved for it and the names of the zone", () => {
  const attachment = attachmentOf({ services: { web: { image: "web" } } }, { web: "10.224.3.10" });

  assert.deepEqual(attachment, {
    ipv4_address: "10.224.3.10",
    aliases: ["web.login.test", "web.shop.login.test", "shop.login.test"],
  });
});

const withoutAddress: [string, object][] = [
  ["replicas by scale", { image: "web", scale: 2 }],
  ["replicas by deploy", { image: "web", deploy: { replicas: 3 } }],
  ["no container at all", { image: "web", scale: 0 }],
];
for (const [what, service] of withoutAddress) {
  test(`gives no fixed address to a service with ${what}, whatever is reserved`, () => {
    const attachment = attachmentOf({ services: { web: service } }, { web: "10.224.3.10" });

    assert.equal(attachment?.ipv4_address, undefined);
  });
}

test("carries a network's mac_address over, unless the service itself has one", () => {
  const networks = { front: { mac_address: "02:42:ac:11:00:05" } };

  const carried = attachmentOf({ services: { web: { image: "web", networks } } });
  const own = attachmentOf({ services: { web: { image: "web", networks, mac_address: "02:42:ac:11:00:06" } } });

  assert.equal(carried?.mac_address, "02:42:ac:11:00:05");
  assert.equal(own?.mac_address, undefined);
});

test("puts no service on a network that has none of its own", () => {
  const contribution = toPlain(
    replaceNetworks(
      contextOf({
        services: {
          batch: { image: "x", network_mode: "none" },
          metrics: { image: "x", network_mode: "host" },
          cloud: { provider: { type: "cloud" } },
        },
      }),
    ),
  );

  assert.equal(contribution.services, undefined);
});

test("warns of external networks, of which the rest is out of reach, and of internal ones, which get a way out", () => {
  const { warnings } = toPlain(
    replaceNetworks(
      contextOf({
        services: { job: { image: "x", networks: { back: null, company: null } } },
        networks: { back: { name: "b", internal: true }, company: { name: "corp", external: true }, plain: {} },
      }),
    ),
  );

  assert.deepEqual(warnings, [
    "network back: internal has no effect, its services are on the environment's network and can reach the outside; set networks: preserve in .cilo/config.yml to keep them in",
    "network company: external network corp is replaced by the environment's, what else is on it cannot be reached",
  ]);
});

const kept = {
  services: {
    web: { image: "x", networks: { front: null } },
    api: {
      image: "x",
      networks: { front: { aliases: ["www"] }, back: { aliases: ["backend"], mac_address: "02:42:ac:11:00:05" } },
    },
    db: { image: "x", networks: { back: null } },
    pair: { image: "x", scale: 2, networks: { back: null } },
  },
  networks: { front: {}, back: { internal: true, name: "shop-back", ipam: { config: [{ subnet: "172.30.0.0/24" }] } } },
};

function keeping(options: Parameters<typeof contextOf>[1] = {}) {
  return contextOf(kept, {
    copyOptions: { networks: "preserve" },
    addresses: { web: "10.224.3.12", api: "10.224.3.10", db: "10.225.7.11" },
    keptSubnets: { back: "10.225.7.0/24" },
    ...options,
  });
}

test("preserve keeps internal networks as the copy's own, and puts on each whom the project does", () => {
  const { services, networks, warnings } = toPlain(replaceNetworks(keeping()));

  const names = (service: string) => [`${service}.login.test`, `${service}.shop.login.test`];
  assert.deepEqual(networks, {
    "!override": {
      default: { external: true, name: "cilo-shop-login_default" },
      back: { external: true, name: "cilo-shop-login_back" },
    },
  });
  assert.deepEqual(services, {
    api: {
      networks: {
        "!override": {
          default: { ipv4_address: "10.224.3.10", aliases: [...names("api"), "www"] },
          back: {
            ipv4_address: "10.225.7.10",
            mac_address: "02:42:ac:11:00:05",
            aliases: [...names("api"), "backend"],
          },
        },
      },
    },
    db: { networks: { "!override": { back: { ipv4_address: "10.225.7.11", aliases: names("db") } } } },
    pair: { networks: { "!override": { back: { aliases: names("pair") } } } },
    web: {
      networks: {
        "!override": { default: { ipv4_address: "10.224.3.12", aliases: [...names("web"), "shop.login.test"] } },
      },
    },
  });
  assert.equal(warnings, undefined);
});

test("preserve tells of an internal network as a note, without advice", () => {
  const { findings = [] } = replaceNetworks(keeping());

  assert.deepEqual(findings, [
    {
      rule: "internal-network",
      action: "rewritten",
      shared: false,
      level: "note",
      path: ["networks", "back", "internal"],
      statement: "internal is kept, as a network of the copy's own",
      hint: null,
    },
  ]);
});

test("leaves addresses on a network that has no subnet yet to the engine", () => {
  const { services } = toPlain(replaceNetworks(keeping({ keptSubnets: {}, addresses: { api: "10.224.3.10" } }))) as {
    services: Record<string, { networks: { "!override": Record<string, { ipv4_address?: string }> } }>;
  };

  const { default: own, back } = services.api?.networks["!override"] ?? {};
  assert.deepEqual([own?.ipv4_address, back?.ipv4_address], ["10.224.3.10", undefined]);
});
