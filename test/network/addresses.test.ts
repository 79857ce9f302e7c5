import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { assignAddresses } from "../../src/network/addresses.ts";
import { layoutOf } from "../../src/network/layout.ts";

const subnet = "10.224.3.0/24";

describe("assignAddresses", () => {
  const cases: {
    name: string;
    services: string[];
    reserved: Record<string, string | null>;
    want: Record<string, string | null>;
  }[] = [
    { name: "gives nothing to nobody", services: [], reserved: {}, want: {} },
    {
      name: "takes new services by name, lowest address first",
      services: ["web", "api", "db"],
      reserved: {},
      want: { api: "10.224.3.10", db: "10.224.3.11", web: "10.224.3.12" },
    },
    {
      name: "keeps what is reserved and fills the holes",
      services: ["web", "api", "db"],
      reserved: { web: "10.224.3.11" },
      want: { api: "10.224.3.10", db: "10.224.3.12", web: "10.224.3.11" },
    },
    {
      name: "leaves the address of a service that is gone alone",
      services: ["web"],
      reserved: { gone: "10.224.3.10" },
      want: { web: "10.224.3.11" },
    },
    {
      name: "gives one to a service that had none",
      services: ["web"],
      reserved: { web: null },
      want: { web: "10.224.3.10" },
    },
    {
      name: "leaves an address that two hold to the first by name",
      services: ["web", "api"],
      reserved: { web: "10.224.3.10", api: "10.224.3.10" },
      want: { api: "10.224.3.10", web: "10.224.3.11" },
    },
    {
      name: "does not keep an address of another subnet, of the shared part or of the engine's range",
      services: ["a", "b", "c"],
      reserved: { a: "10.224.9.10", b: "10.224.3.2", c: "10.224.3.192" },
      want: { a: "10.224.3.10", b: "10.224.3.11", c: "10.224.3.12" },
    },
    {
      name: "works for services with the names of Object's own properties",
      services: ["constructor", "toString"],
      reserved: {},
      want: { constructor: "10.224.3.10", toString: "10.224.3.11" },
    },
    {
      name: "gives a service named twice one address",
      services: ["web", "web"],
      reserved: {},
      want: { web: "10.224.3.10" },
    },
  ];
  for (const { name, services, reserved, want } of cases) {
    test(name, () => {
      assert.deepEqual(assignAddresses({ subnet, services, reserved }), want);
    });
  }

  test("leaves the 183rd service and later ones to the engine", () => {
    const services = Array.from({ length: 185 }, (_, index) => `s${String(index).padStart(3, "0")}`);

    const assigned = assignAddresses({ subnet, services, reserved: {} });

    assert.equal(assigned.s181, "10.224.3.191");
    assert.deepEqual([assigned.s182, assigned.s183, assigned.s184], [null, null, null]);
  });

  const anyServices = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 220 });

  test("never gives two services one address, nor one outside the fixed part", () => {
    const fixed = new Set(layoutOf(subnet).fixed);
    fc.assert(
      fc.property(anyServices, anyServices, (first, second) => {
        const reserved = assignAddresses({ subnet, services: first, reserved: {} });
        const all = { ...reserved, ...assignAddresses({ subnet, services: second, reserved }) };
        const given = Object.values(all).filter((address) => address !== null);

        assert.equal(new Set(given).size, given.length);
        assert.ok(given.every((address) => fixed.has(address)));
      }),
    );
  });

  test("keeps every address, whatever services come and go and in whatever order they are named", () => {
    fc.assert(
      fc.property(anyServices, anyServices, (first, second) => {
        const reserved = assignAddresses({ subnet, services: first, reserved: {} });

        const later = assignAddresses({ subnet, services: [...first, ...second].reverse(), reserved });

        for (const service of first) {
          if (reserved[service] !== null) assert.equal(later[service], reserved[service]);
        }
      }),
    );
  });
});
