import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { assignServiceAddresses } from "../../src/controller/assign-service-addresses.ts";
import { makeService } from "../support/environment.ts";

const subnet = "10.224.3.0/24";
const keptNetworks = { back: "10.225.0.0/24", safe: "10.225.1.0/24" };

function on(...networks: string[]) {
  return { wantsAddress: true, networks };
}

describe("assignServiceAddresses", () => {
  test("gives each an address in the first of its networks, and no host part twice", () => {
    const descriptions = {
      api: on("default", "back"),
      db: on("back", "safe"),
      pair: { wantsAddress: false, networks: ["back"] },
      vault: on("safe"),
      web: on("default"),
    };

    assert.deepEqual(assignServiceAddresses({ subnet, keptNetworks, services: {} }, descriptions), {
      api: "10.224.3.10",
      db: "10.225.0.11",
      vault: "10.225.1.12",
      web: "10.224.3.13",
    });
  });

  test("keeps a host part when a service moves from one network to another", () => {
    const services = {
      db: makeService({ address: "10.224.3.17" }),
      web: makeService({ address: "10.225.0.10" }),
      gone: makeService({ address: "10.225.1.11" }),
    };

    const descriptions = { api: on("default"), db: on("back"), web: on("default") };

    assert.deepEqual(assignServiceAddresses({ subnet, keptNetworks, services }, descriptions), {
      api: "10.224.3.12",
      db: "10.225.0.17",
      web: "10.224.3.10",
    });
  });

  test("gives none in a network that has no subnet yet", () => {
    const services = { db: makeService({ address: "10.224.3.17" }) };

    assert.deepEqual(assignServiceAddresses({ subnet, services }, { db: on("back"), web: on("default") }), {
      db: null,
      web: "10.224.3.10",
    });
  });

  test("keeps addresses and host parts apart, whatever networks services come to be on", () => {
    const networks = fc.constantFrom(["default"], ["default", "back"], ["back"], ["back", "safe"], ["safe"]);
    const projects = fc.array(fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e", "f"), networks), { minLength: 1 });
    fc.assert(
      fc.property(projects, (steps) => {
        let services: Record<string, ReturnType<typeof makeService>> = {};
        const hosts = new Map<string, string | undefined>();
        for (const step of steps) {
          const descriptions = Object.fromEntries(Object.entries(step).map(([name, keys]) => [name, on(...keys)]));
          const assigned = assignServiceAddresses({ subnet, keptNetworks, services }, descriptions);
          for (const [name, address] of Object.entries(assigned)) {
            const host = address?.split(".")[3];
            assert.equal(host, hosts.get(name) ?? host);
            hosts.set(name, host);
            services = { ...services, [name]: makeService({ address }) };
          }
          assert.equal(new Set(hosts.values()).size, hosts.size);
        }
      }),
    );
  });
});
