import fc from "fast-check";
import type { ZoneEnvironment } from "../../../src/dns/zone.ts";
import { environmentStatuses } from "../../../src/model/environment.ts";
import { environment, service } from "../example-zone.ts";

/** Names that get into each other's way: domains and services of the environments below, wildcards around them. */
const hostnames = [
  "admin",
  "*",
  "e1.test",
  "web.e1.test",
  "deep.web.e1.test",
  "a.b.e2.test",
  "*.e2.test",
  "*.b.e2.test",
  "_tcp.web.e1.test",
  "_http._tcp.web.e1.test",
  "x._tcp.web.e1.test",
  "*._tcp.web.e1.test",
  "x._http._tcp.web.e1.test",
  "*.web.e1.test",
  "_tcp.web.shop.e1.test",
  "ns.lan",
  "b.lan",
  "*.a.b.lan",
  "example.dev",
  "*.example.dev",
  "a.example.dev",
  "b.a.example.dev",
  "*.b.a.example.dev",
  "*.a.example.dev",
  "printer.local",
  "-left-out",
];

const arbitraryService = fc.record({
  addresses: fc.subarray(["10.224.1.1", "10.224.1.2", "10.225.3.9", "10.9.9.9"]),
  ports: fc.subarray([80, 443, 8080]),
  hostnames: fc.subarray(hostnames, { maxLength: 3 }),
  ingress: fc.boolean(),
  namespaceOf: fc.constantFrom(null, null, null, "web"),
});

/** Environments that want each other's names, with a handful of ids, projects, suffixes and subnets. */
export const arbitraryEnvironment: fc.Arbitrary<ZoneEnvironment> = fc
  .record({
    number: fc.nat({ max: 5 }),
    services: fc.dictionary(fc.constantFrom("web", "e1", "shop", "my_db", "my-db"), arbitraryService, { maxKeys: 3 }),
    shortNames: fc.boolean(),
    suffix: fc.constantFrom(
      "test",
      "test",
      "lan",
      "e1.test",
      "b.lan",
      "example.dev",
      "local",
      "_tcp.web.e1.test",
      "a..b",
    ),
    subnet: fc.constantFrom("10.224.1.0/24", "10.225.3.0/24", "10.0.0.0/8", "none"),
    createdAt: fc.constantFrom("2026", "2027"),
    status: fc.constantFrom(...environmentStatuses),
    revision: fc.nat({ max: 3 }),
  })
  .map(({ number, services, ...facts }) => {
    const key = ["shop/e1", "blog/e1", "e1/shop", "shop/e2", "web/e1", "b/a"][number] ?? "";
    const complete = Object.entries(services).map(([name, it]) => [name, service(it.addresses, it)] as const);
    return environment(key, Object.fromEntries(complete), { ...facts, id: `id-${number}` });
  });

/** One step of a zone's history. */
export interface Step {
  set: ZoneEnvironment[];
  remove: string[];
}

/** Environments come, change and go, one or several at once. */
export const arbitraryHistory: fc.Arbitrary<Step[]> = fc.array(
  fc
    .record({
      set: fc.uniqueArray(arbitraryEnvironment, { maxLength: 3, selector: ({ id }) => id }),
      remove: fc.subarray(["id-0", "id-1", "id-2", "id-3", "id-4", "id-5"], { maxLength: 2 }),
    })
    .map(({ set, remove }) => ({ set, remove: remove.filter((id) => !set.some((it) => it.id === id)) })),
  { minLength: 1, maxLength: 8 },
);
