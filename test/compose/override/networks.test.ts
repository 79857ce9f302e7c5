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
