import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chooseTable, listRoutes } from "../../../src/dns/upstreams/choose-table.ts";
import { toDomainKeys } from "../../../src/dns/upstreams/domain-key.ts";
import { formatUpstream, parseUpstream, type ServerGroup } from "../../../src/dns/upstreams/upstream.ts";
import { serversFor, type UpstreamTable } from "../../../src/dns/upstreams/upstream-table.ts";
import { toNameKey } from "../../../src/dns/wire/name.ts";

function group(takes: ServerGroup["takes"], servers: string, domains = ""): ServerGroup {
  const words = (text: string) => text.split(" ").filter((word) => word !== "");
  return { takes, servers: words(servers).map(parseUpstream), domains: toDomainKeys(words(domains)) };
}

function askedFor(table: UpstreamTable, name: string): string {
  return serversFor(table, toNameKey(name) ?? "")
    .map(({ address }) => address)
    .join(" ");
}

const vpn = chooseTable([
  group("others", "192.0.2.1 192.0.2.2", "home.example"),
  group("none", "10.8.0.1", "corp.example"),
  group("none", "10.9.0.1", "lab.corp.example other.example"),
  group("none", "10.9.0.2", "lab.corp.example"),
]).table;

for (const { name, servers } of [
  { name: "example.org", servers: "192.0.2.1 192.0.2.2" },
  { name: "corp.example", servers: "10.8.0.1" },
  { name: "www.corp.example", servers: "10.8.0.1" },
  { name: "WWW.CORP.example", servers: "10.8.0.1" },
  { name: "notcorp.example", servers: "192.0.2.1 192.0.2.2" },
  { name: "example", servers: "192.0.2.1 192.0.2.2" },
  { name: "lab.corp.example", servers: "10.9.0.1 10.9.0.2" },
  { name: "a.b.lab.corp.example", servers: "10.9.0.1 10.9.0.2" },
  { name: "x.other.example", servers: "10.9.0.1" },
  { name: "x.home.example", servers: "192.0.2.1 192.0.2.2" },
  { name: ".", servers: "192.0.2.1 192.0.2.2" },
]) {
  test(`98: ${name} is asked of ${servers} alone`, () => {
    assert.equal(askedFor(vpn, name), servers);
  });
}

test("a domain that leads where its names would go anyway is no route", () => {
  assert.deepEqual(
    listRoutes(vpn).map(({ domain }) => domain),
    ["corp.example", "lab.corp.example", "other.example"],
  );
});

test("a domain that leads back to the servers of all names out of another's domain is a route", () => {
  const { table } = chooseTable([
    group("others", "192.0.2.1", "public.corp.example"),
    group("none", "10.8.0.1", "corp.example"),
  ]);

  assert.equal(askedFor(table, "www.public.corp.example"), "192.0.2.1");
  assert.equal(askedFor(table, "www.corp.example"), "10.8.0.1");
});

test("groups without servers route nothing", () => {
  const { table, leftOut } = chooseTable([group("every", "", "corp.example"), group("others", "192.0.2.1")]);

  assert.deepEqual({ servers: askedFor(table, "corp.example"), leftOut }, { servers: "192.0.2.1", leftOut: [] });
});

test("a server that two groups have is asked once", () => {
  const { table } = chooseTable([group("others", "192.0.2.1 192.0.2.2"), group("others", "192.0.2.2 192.0.2.3")]);

  assert.equal(askedFor(table, "example.org"), "192.0.2.1 192.0.2.2 192.0.2.3");
});

const labels = fc.constantFrom("a", "b", "corp", "example");
const domains = fc.array(labels, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const groups = fc.array(
  fc.record({
    takes: fc.constantFrom("every", "others", "none") as fc.Arbitrary<ServerGroup["takes"]>,
    servers: fc
      .array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 })
      .map((hosts) => hosts.map((host) => ({ address: `192.0.2.${host}`, port: 53 }))),
    domains: fc.array(domains, { maxLength: 3 }).map(toDomainKeys),
  }),
  { maxLength: 5 },
);

test("98: a name is asked of exactly the groups that have its longest domain, else of those that take all", () => {
  fc.assert(
    fc.property(groups, domains, (listed, name) => {
      const { table } = chooseTable(listed);

      const usable = listed.filter(({ servers }) => servers.length > 0);
      const every = usable.filter(({ takes }) => takes === "every");
      const rest = every.length > 0 ? every : usable.filter(({ takes }) => takes === "others");
      const parts = name.split(".");
      const suffixes = parts.map((_, index) => toNameKey(parts.slice(index).join(".")) ?? "");
      const longest = suffixes.find((suffix) => usable.some((it) => it.domains.includes(suffix)));
      const asked = longest === undefined ? rest : usable.filter((it) => it.domains.includes(longest));
      const expected = [...new Set(asked.flatMap(({ servers }) => servers.map(({ address }) => address)))].join(" ");
      assert.equal(askedFor(table, name), expected);
    }),
  );
});

test("every server of a group has a place in the table or is told to be left out", () => {
  fc.assert(
    fc.property(groups, (listed) => {
      const { table, leftOut } = chooseTable(listed);

      const placed = [table.servers, ...table.routes.values()].flat().map(formatUpstream);
      const told = new Set([...placed, ...leftOut.map(({ server }) => server)]);
      for (const server of listed.flatMap(({ servers }) => servers)) assert.ok(told.has(formatUpstream(server)));
      for (const { server } of leftOut) assert.ok(!placed.includes(server), `${server} is placed and left out`);
    }),
  );
});
