import assert from "node:assert/strict";
import { test } from "node:test";
import { rewriteNetworkModes } from "../../../src/compose/override/network-modes.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const cases: { mode: string; written?: unknown; warning?: RegExp }[] = [
  { mode: "none" },
  { mode: "service:web" },
  { mode: "host", warning: /^service probe: network_mode host is kept/ },
  { mode: "bridge", written: { "!reset": null } },
  { mode: "default", written: { "!reset": null } },
  { mode: "company-net", written: { "!reset": null }, warning: /^service probe: network_mode company-net is replaced/ },
  { mode: "container:front", written: "service:web" },
  { mode: "container:vpn", warning: /^service probe: network_mode container:vpn is kept, so every copy shares/ },
];

for (const { mode, written, warning } of cases) {
  test(`network_mode ${mode} is ${written === undefined ? "kept" : `written as ${JSON.stringify(written)}`}`, () => {
    const context = contextOf({
      services: { web: { image: "web", container_name: "front" }, probe: { image: "probe", network_mode: mode } },
    });

    const { services, warnings = [] } = toPlain(rewriteNetworkModes(context)) as {
      services?: Record<string, unknown>;
      warnings?: string[];
    };

    assert.deepEqual(services, written === undefined ? undefined : { probe: { network_mode: written } });
    assert.equal(warnings.length, warning === undefined ? 0 : 1);
    if (warning !== undefined) assert.match(warnings[0] ?? "", warning);
  });
}

test("a container name that exclusive profiles share means the active one", () => {
  const context = contextOf(
    {
      services: {
        "front-dev": { image: "web", container_name: "front", profiles: ["dev"] },
        "front-prod": { image: "web", container_name: "front", profiles: ["prod"] },
        probe: { image: "probe", network_mode: "container:front" },
      },
    },
    { active: ["front-prod", "probe"] },
  );

  const contribution = toPlain(rewriteNetworkModes(context));

  assert.deepEqual(contribution, { services: { probe: { network_mode: "service:front-prod" } } });
});

test("with host_network: convert a service leaves the host's network, and finds the host by a name", () => {
  const services = {
    probe: { image: "probe", network_mode: "host" },
    named: { image: "named", network_mode: "host", extra_hosts: ["host.docker.internal=10.0.0.1"] },
    none: { image: "none", network_mode: "none" },
  };
  const context = contextOf({ services }, { copyOptions: { hostNetwork: "convert" } });

  const { services: written, warnings } = toPlain(rewriteNetworkModes(context));

  assert.deepEqual(written, {
    probe: { network_mode: { "!reset": null }, extra_hosts: ["host.docker.internal=host-gateway"] },
    named: { network_mode: { "!reset": null } },
  });
  assert.match(String(warnings), /^services named, probe: network_mode host is replaced by the environment's network/);
});
