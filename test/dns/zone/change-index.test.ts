import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatName } from "../../../src/dns/wire/name.ts";
import { warningsOfEnvironment } from "../../../src/dns/zone/zone-warnings.ts";
import { buildZone, changeZone, type Zone, type ZoneEnvironment } from "../../../src/dns/zone.ts";
import { environment, service } from "../example-zone.ts";
import { arbitraryHistory, type Step } from "./arbitrary-environments.ts";

const installation = { suffix: "test", baseSubnet: "10.224.0.0/16" };

/** Everything a zone answers and says, its serial apart. */
function contentOf(zone: Zone): unknown {
  const ids = [...zone.index.environments.keys()].sort();
  return {
    names: new Map([...zone.names.entries()].sort(([left], [right]) => (left < right ? -1 : 1))),
    warnings: zone.warnings,
    warningsByEnvironment: ids.map((id) => [id, warningsOfEnvironment(zone.index, id)]),
  };
}

/** What a long run has found once: a hostname that is another's name of SRV records, and a suffix that comes above it. */
const found: readonly Step[] = [
  {
    set: [
      environment("e1/shop", { web: service([], { hostnames: ["_http._tcp.web.e1.test"] }) }, { id: "id-2" }),
      environment("shop/e1", { web: service(["10.224.1.1"], { ports: [80] }) }, { id: "id-0" }),
    ],
    remove: [],
  },
  { set: [environment("blog/e1", {}, { id: "id-1", suffix: "_tcp.web.e1.test" })], remove: [] },
];

/** The zones of a history, each with what it is to be equal to. */
function replay(history: readonly Step[]): { zone: Zone; built: Zone }[] {
  const environments = new Map<string, ZoneEnvironment>();
  let zone = buildZone({ ...installation, environments: [], serial: 0 });
  return history.map(({ set, remove }, index) => {
    for (const id of remove) environments.delete(id);
    for (const environment of set) environments.set(environment.id, environment);
    const serial = index + 1;
    zone = changeZone(zone, { set, remove, serial });
    return { zone, built: buildZone({ ...installation, environments: [...environments.values()], serial }) };
  });
}

test("a zone changed step by step is the one built at once, in names, records and warnings", () => {
  fc.assert(
    fc.property(arbitraryHistory, (history) => {
      for (const { zone, built } of replay(history)) assert.deepEqual(contentOf(zone), contentOf(built));
    }),
    { numRuns: 400, examples: [[[...found]]] },
  );
});

test("an old zone goes on giving its old answers while others are made of it", () => {
  fc.assert(
    fc.property(arbitraryHistory, (history) => {
      const zones = [buildZone({ ...installation, environments: [], serial: 0 })];
      const contents = [contentOf(zones[0] as Zone)];
      for (const { set, remove } of history) {
        const next = changeZone(zones.at(-1) as Zone, { set, remove, serial: zones.length });
        zones.push(next);
        // Warnings are worked out when asked for first: of every other zone now, of the rest at the end.
        contents.push(zones.length % 2 === 0 ? contentOf(next) : null);
      }

      for (const [index, zone] of zones.entries()) {
        const content = contents[index];
        if (content !== null) assert.deepEqual(contentOf(zone), content);
        else assert.deepEqual(contentOf(zone), contentOf(replay(history.slice(0, index)).at(-1)?.built as Zone));
      }
    }),
  );
});

/** Environments with five services each, all of which want the same two hostnames. */
function crowd(count: number): ZoneEnvironment[] {
  return Array.from({ length: count }, (_, index) => {
    const hostnames = ["admin", "shop.example.dev", "*.example.dev"];
    const subnet = `10.${index >> 8}.${index & 255}.0/24`;
    const services = ["web", "api", "db", "cache", "queue"].map((name, host) => [
      name,
      service([`10.${index >> 8}.${index & 255}.${host + 10}`], name === "web" ? { hostnames, ingress: true } : {}),
    ]);
    const createdAt = new Date(index * 1000).toISOString();
    return environment(`shop/env-${index}`, Object.fromEntries(services), { subnet, createdAt });
  });
}

test("a change touches the names of one environment, and those above them", () => {
  const environments = crowd(200);
  const before = buildZone({ suffix: "test", baseSubnet: "10.0.0.0/8", environments, serial: 1 });
  const moved = environments[150] as ZoneEnvironment;
  const web = service(["10.0.150.99"], { ingress: true, hostnames: ["admin"] });

  const after = changeZone(before, { set: [{ ...moved, services: { web } }], remove: [], serial: 2 });

  const others = [...before.names.entries()].filter(([name, { node }]) => after.names.get(name)?.node !== node);
  const names = others.map(([name]) => formatName(name));
  const isOwn = (name: string) => /(^|\.)env-150\.test$|\.150\.0\.10\.in-addr\.arpa$/.test(name);
  assert.deepEqual(
    names.filter((name) => !isOwn(name)).sort(),
    [
      "0.10.in-addr.arpa",
      "10.in-addr.arpa",
      "150.0.10.in-addr.arpa",
      "*.example.dev",
      "example.dev",
      "shop.example.dev",
      "test",
    ]
      .filter((name) => names.includes(name))
      .sort(),
  );
  assert.ok(names.includes("web.env-150.test"));
});

test("one environment among thousands is published, and its warnings told, in no time for all of them", () => {
  const environments = crowd(2_000);
  let zone = buildZone({ suffix: "test", baseSubnet: "10.0.0.0/8", environments, serial: 1 });
  const before = process.cpuUsage();

  // Building each zone anew would take minutes.
  for (const moved of environments.slice(0, 300)) {
    zone = changeZone(zone, { set: [], remove: [moved.id], serial: zone.serial + 1 });
    zone = changeZone(zone, { set: [moved], remove: [], serial: zone.serial + 1 });
    assert.ok(warningsOfEnvironment(zone.index, moved.id).length > 0);
  }

  // Of the processor, not of the clock: the machine may be busy with others.
  assert.ok(process.cpuUsage(before).user < 30_000_000);
  assert.equal(zone.serial, 601);
  assert.equal(zone.warnings.length, 2 * 1_999);
});
