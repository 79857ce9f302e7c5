import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import type { Environment } from "../../../src/model/environment.ts";
import type { State } from "../../../src/model/state.ts";
import { toVersion3, version2Schema } from "../../../src/state/migrations/v3.ts";
import { parseState } from "../../../src/state/schema.ts";

/** Migrates and checks; ids are the place in the list. */
function migrateFrom2(before: unknown): State {
  let ids = 0;
  const after = toVersion3(v.parse(version2Schema, before), {
    installation: "0b0c3f5e-2f0e-4f57-9d0a-3c1b8f6f7d11",
    createId: () => {
      ids += 1;
      return `id-${ids}`;
    },
  });
  const result = parseState(after);
  assert.ok("state" in result, JSON.stringify(result));
  return result.state;
}

function migrateEnvironments(environments: Record<string, unknown>): Record<string, Environment> {
  return migrateFrom2({ version: 2, hosts: { local: { environments } } }).hosts.local.environments;
}

test("maps what is known, keeps what is not, and forgets where the old containers answered", async () => {
  const before = JSON.parse(await readFile(new URL("../../../fixtures/state-v2.json", import.meta.url), "utf8"));

  const { hosts, ...state } = migrateFrom2(before);

  assert.deepEqual(state, {
    version: 3,
    installation: "0b0c3f5e-2f0e-4f57-9d0a-3c1b8f6f7d11",
    revision: 0,
    baseSubnet: "10.224.0.0/16",
    dnsPort: 5355,
    suffix: "test",
    subnet_counter: 256,
    theme: "dark",
    sharedNetworks: before.shared_networks,
    sharedServices: before.shared_services,
  });
  assert.deepEqual(
    { ...hosts, local: { ...hosts.local, environments: null } },
    {
      local: { id: "local", provider: "docker", engine: null, environments: null },
      "build-box": before.hosts["build-box"],
    },
  );
  assert.deepEqual(hosts.local.environments["shop/login"], {
    id: "id-1",
    project: "shop",
    name: "login",
    createdAt: "2026-01-09T10:30:00.500Z",
    source: "/home/ada/shop",
    projectPath: "",
    subnet: "10.224.1.0/24",
    status: "stopped",
    suffix: "test",
    shortNames: true,
    composeProject: "cilo-shop-login",
    composeFiles: [],
    profiles: [],
    services: {
      web: {
        address: "10.224.1.10",
        addresses: [],
        container: null,
        ports: [],
        hostnames: ["admin", "shop.example.org"],
        ingress: true,
        shared: false,
        replicas: 1,
        namespaceOf: null,
        image_tag: "1.2",
      },
      db: {
        address: null,
        addresses: [],
        container: null,
        ports: [],
        hostnames: [],
        ingress: false,
        shared: false,
        replicas: 1,
        namespaceOf: null,
      },
    },
    sharedServices: ["elasticsearch"],
    sharedNetworks: ["cilo-shared-tools"],
    anonymousVolumes: [],
    operation: null,
    lastError: null,
    copied_with: "reflink",
    migratedFrom: { version: 2, key: "shop/login", subnet: "10.224.1.0/24" },
  });
});

test("gives names that are not allowed a slug of their own and leaves the allowed ones alone", () => {
  const old = { source: "/home/ada/My Tools" };

  const environments = migrateEnvironments({
    "MyShop/login": { project: "MyShop", name: "login", created_at: "2026-01-01T00:00:00Z" },
    "myshop/login": { project: "myshop", name: "login", created_at: "2026-01-02T00:00:00Z" },
    "my shop/login": { project: "my-shop", name: "login", created_at: "2026-01-03T00:00:00Z" },
    "MYSHOP/login": { project: "MYSHOP", name: "login", created_at: "2026-01-04T00:00:00Z" },
    "/feature/a_b": { ...old, name: "feature/a_b", created_at: "2026-01-05T00:00:00Z" },
    bare: { ...old, created_at: "2026-01-06T00:00:00Z" },
    "shop/ns": { project: "shop", name: "ns", created_at: "2026-01-07T00:00:00Z" },
    "shop/42": { project: "shop", name: "42", created_at: "2026-01-08T00:00:00Z" },
    "shop/___": { project: "shop", name: "___", created_at: "2026-01-09T00:00:00Z" },
    long: { project: "shop", name: `${"a".repeat(39)}-${"b".repeat(20)}`, created_at: "2026-01-10T00:00:00Z" },
  });

  assert.deepEqual(Object.keys(environments), [
    "myshop/login-2",
    "myshop/login",
    "my-shop/login",
    "myshop/login-3",
    "my-tools/feature-a-b",
    "my-tools/bare",
    "shop/env-ns",
    "shop/env-42",
    "shop/env-bda251",
    `shop/${"a".repeat(39)}`,
  ]);
});

test("the oldest environment of a name has the short names, each suffix on its own", () => {
  const environments = migrateEnvironments({
    "a/dev": { project: "a", name: "dev", created_at: "2026-01-03T00:00:00+01:00" },
    "b/dev": { project: "b", name: "dev", created_at: "2026-01-02T23:30:00Z" },
    "c/dev": { project: "c", name: "dev", created_at: "2026-01-02T00:00:00Z", dns_suffix: ".dev.internal" },
    "d/dev": { project: "d", name: "dev", created_at: "a while ago", dns_suffix: ".Dev.Internal." },
  });

  assert.deepEqual(
    Object.entries(environments).map(([key, { shortNames, suffix }]) => [key, shortNames, suffix]),
    [
      ["d/dev", true, "dev.internal"],
      ["c/dev", false, "dev.internal"],
      ["a/dev", true, "test"],
      ["b/dev", false, "test"],
    ],
  );
});

test("a subnet that is none, or another's already, is replaced by the lowest free one", () => {
  const subnets = [
    "10.224.0.0/24",
    "10.224.256.0/24",
    "10.224.0.0/24",
    "10.224.2.0/24",
    "10.224.7.0/16",
    "",
    "10.231.9.0/24",
  ];

  const environments = migrateEnvironments(
    Object.fromEntries(
      subnets.map((subnet, index) => [
        `shop/e${index}`,
        { project: "shop", name: `e${index}`, subnet, created_at: `2026-01-0${index + 1}T00:00:00Z` },
      ]),
    ),
  );

  assert.deepEqual(
    Object.values(environments).map(({ subnet }) => subnet),
    [
      "10.224.0.0/24",
      "10.224.1.0/24",
      "10.224.3.0/24",
      "10.224.2.0/24",
      "10.224.4.0/24",
      "10.224.5.0/24",
      "10.231.9.0/24",
    ],
  );
});

test("more environments than the base subnet has room for are kept, clear of the extra networks' range", () => {
  const environments = migrateEnvironments(
    Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`shop/e${index}`, { project: "shop", name: `e${index}` }]),
    ),
  );

  const subnets = Object.values(environments).map(({ subnet }) => subnet);
  assert.equal(new Set(subnets).size, 300);
  assert.deepEqual([subnets[255], subnets[256]], ["10.224.255.0/24", "10.226.0.0/24"]);
});

for (const [base, expected] of [
  ["10.230.", "10.230.0.0/16"],
  ["10.230.0.0/16", "10.230.0.0/16"],
  ["", "10.224.0.0/16"],
  ["10.300.", "10.224.0.0/16"],
  ["fd00::/8", "10.224.0.0/16"],
]) {
  test(`takes the base subnet ${JSON.stringify(base)} for ${expected}`, () => {
    const { baseSubnet } = migrateFrom2({ version: 2, base_subnet: base });

    assert.equal(baseSubnet, expected);
  });
}

test("any old names and subnets become valid records, none lost", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 70 }),
    fc.constantFrom("", "ns", "42", "A", "a", "-", "feature/x", "login"),
  );
  const environment = fc.record({
    name: text,
    project: text,
    source: text,
    created_at: fc.oneof(text, fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")),
    subnet: fc.oneof(text, fc.constantFrom("10.224.1.0/24", "10.224.256.0/24")),
    extra: fc.integer(),
  });
  const key = text.filter((name) => name !== "__proto__");

  fc.assert(
    fc.property(fc.dictionary(key, environment, { maxKeys: 12 }), (environments) => {
      const after = Object.values(migrateEnvironments(environments));
      const unknownBefore = Object.values(environments).map(({ extra }) => extra);
      const unknownAfter = after.map((migrated) => ("extra" in migrated ? migrated.extra : null));
      assert.deepEqual(unknownAfter.sort(), unknownBefore.sort());
      assert.equal(new Set(after.map(({ subnet }) => subnet)).size, after.length);
    }),
    { numRuns: 500 },
  );
});
