import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatName, toNameKey } from "../../src/dns/wire/name.ts";
import { buildZone, changeZone, findName, type Zone, type ZoneEnvironment } from "../../src/dns/zone.ts";
import { environment, exampleEnvironments, exampleZone, service } from "./example-zone.ts";
import { splitRecords } from "./zone/split-records.ts";

function zoneOf(environments: ZoneEnvironment[], facts: { suffix?: string; baseSubnet?: string } = {}): Zone {
  return buildZone({ environments, suffix: "test", baseSubnet: "10.224.0.0/16", serial: 1, ...facts });
}

/** "10.0.0.1 10.0.0.2", "NODATA apex", "NXDOMAIN apex" or "foreign". */
function lookUp(zone: Zone, name: string): string {
  const finding = findName(zone, toNameKey(name) ?? "");
  if (finding.kind === "foreign") return "foreign";
  const apex = formatName(finding.authority.apex);
  if (finding.kind === "absent") return `NXDOMAIN ${apex}`;
  const addresses = finding.rrsets.filter(({ type }) => type === 1).flatMap(splitRecords);
  const text = addresses.map((record) => record.subarray(12).join(".")).join(" ");
  return text === "" ? `NODATA ${apex}` : text;
}

test("43: of two environments that want a hostname the older has it, and both are told", () => {
  const zone = exampleZone();

  assert.equal(lookUp(zone, "shop.example.dev"), "10.224.1.10");
  assert.deepEqual(zone.warnings, [
    {
      kind: "hostname-taken",
      message: 'shop.example.dev, asked for by blog/e1, answers with service "web" of shop/e1',
      environments: ["shop/e1", "blog/e1"],
    },
  ]);
});

test("a hostname stays its environment's while the service is down", () => {
  const older = environment("a/e1", { web: service([], { hostnames: ["app.example.dev"] }) });
  const younger = environment(
    "b/e2",
    { web: service(["10.224.2.1"], { hostnames: ["app.example.dev"] }) },
    { createdAt: "2027" },
  );

  const zone = zoneOf([younger, older]);

  assert.equal(lookUp(zone, "app.example.dev"), "NXDOMAIN app.example.dev");
  assert.deepEqual(
    zone.warnings.map(({ environments }) => environments),
    [["a/e1", "b/e2"]],
  );
});

test("names of services that are down are answered by no wildcard, no other claim and no upstream", () => {
  const services = (webAddresses: string[]) => ({
    any: service(["10.224.1.9"], { ingress: true, hostnames: ["*", "*.example.dev"] }),
    WEB: service(webAddresses, { hostnames: ["admin", "app.example.dev", "google.com", "a.b.e1.test"] }),
  });
  const names = [
    "web.e1.test",
    "web.shop.e1.test",
    "x.web.shop.e1.test",
    "admin.e1.test",
    "app.example.dev",
    "google.com",
    "www.google.com",
    "a.b.e1.test",
    "b.e1.test",
    "other.shop.e1.test",
  ];

  const [up, down] = [["10.224.1.7"], []].map((addresses) => zoneOf([environment("shop/e1", services(addresses))]));
  const answers = names.map((name) => [name, up && lookUp(up, name), down && lookUp(down, name)]);

  assert.deepEqual(answers, [
    ["web.e1.test", "10.224.1.7", "NXDOMAIN test"],
    ["web.shop.e1.test", "10.224.1.7", "NXDOMAIN test"],
    ["x.web.shop.e1.test", "NXDOMAIN test", "NXDOMAIN test"],
    ["admin.e1.test", "10.224.1.7", "NXDOMAIN test"],
    ["app.example.dev", "10.224.1.7", "NXDOMAIN example.dev"],
    ["google.com", "10.224.1.7", "NXDOMAIN google.com"],
    ["www.google.com", "foreign", "foreign"],
    ["a.b.e1.test", "10.224.1.7", "NXDOMAIN test"],
    ["b.e1.test", "NODATA test", "NXDOMAIN test"],
    ["other.shop.e1.test", "10.224.1.9", "10.224.1.9"],
  ]);
});

test("a wildcard whose service is down leaves the names below it to nobody", () => {
  const zone = zoneOf([
    environment("shop/e1", {
      any: service(["10.224.1.9"], { hostnames: ["*"] }),
      front: service([], { ingress: true, hostnames: ["*.example.dev", "*.deep.e1.test"] }),
    }),
  ]);

  assert.deepEqual(
    ["x.shop.e1.test", "x.deep.e1.test", "*.deep.e1.test", "x.example.dev", "example.dev", "x.e1.test"].map((name) =>
      lookUp(zone, name),
    ),
    ["NXDOMAIN test", "NXDOMAIN test", "NXDOMAIN test", "NXDOMAIN example.dev", "foreign", "10.224.1.9"],
  );
});

test("a name that is down exists, without records, while a name below it is up", () => {
  const zone = zoneOf([
    environment("shop/e1", {
      down: service([], { hostnames: ["b.e1.test", "app.example.dev"] }),
      up: service(["10.224.1.9"], { hostnames: ["a.b.e1.test", "x.app.example.dev"] }),
    }),
  ]);

  assert.deepEqual(
    ["b.e1.test", "a.b.e1.test", "app.example.dev", "x.app.example.dev"].map((name) => lookUp(zone, name)),
    ["NODATA test", "10.224.1.9", "NODATA app.example.dev", "10.224.1.9"],
  );
});

for (const { entry, isLeftOut } of [
  { entry: "w.e.test", isLeftOut: true },
  { entry: "e.test", isLeftOut: true },
  { entry: "*.e.test", isLeftOut: true },
  { entry: "x.ctor.e.test", isLeftOut: true },
  { entry: "w.lab.e.test", isLeftOut: false },
  { entry: "admin", isLeftOut: false },
  { entry: "*.other.test", isLeftOut: false },
  { entry: "w.other.test", isLeftOut: false },
]) {
  test(`${entry} is ${isLeftOut ? "left out with a warning that names the owner" : "no name"} of the domain e.test`, () => {
    const zone = zoneOf([
      environment("lab/e", { w: service(["10.224.2.1"], { hostnames: [entry] }) }, { shortNames: false }),
      environment("ctor/e", { web: service(["10.224.1.1"]) }, { createdAt: "2027" }),
    ]);

    const name = entry.includes(".") ? entry.replace("*", "any") : `${entry}.lab.e.test`;
    assert.equal(lookUp(zone, name) === "10.224.2.1", !isLeftOut);
    assert.deepEqual(
      zone.warnings.map(({ kind, environments }) => [kind, ...environments]),
      isLeftOut ? [["hostname-taken", "ctor/e", "lab/e"]] : [],
    );
  });
}

for (const { hostnames, name, expected } of [
  { hostnames: ["*.deep.e1.test"], name: "deep.e1.test", expected: "NXDOMAIN test" },
  { hostnames: ["google.com", "*.google.com"], name: "google.com", expected: "NXDOMAIN google.com" },
  { hostnames: ["google.com", "*.google.com"], name: "x.google.com", expected: "NXDOMAIN google.com" },
  { hostnames: ["example.dev"], name: "example.dev", expected: "NODATA example.dev" },
  { hostnames: ["dev.example"], name: "dev.example", expected: "NODATA dev.example" },
]) {
  test(`35: ${name} is ${expected} while what has ${hostnames.join(" and ")} is down`, () => {
    const zone = zoneOf([
      environment("shop/e1", {
        any: service(["10.224.1.9"], { hostnames: ["*.x.example.dev", "a.b.dev.example"] }),
        down: service([], { hostnames }),
      }),
    ]);

    assert.equal(lookUp(zone, name), expected);
  });
}

test("an environment whose suffix cannot be one of a zone has its own hostnames only, and is told", () => {
  for (const suffix of ["", "a..b", "s".repeat(64), `${"s".repeat(60)}.`.repeat(4).slice(0, -1)]) {
    const hostnames = ["shop.example.dev"];
    const own = environment("a/e1", { web: service(["10.224.1.9"], { ingress: true, hostnames }) }, { suffix });

    const zone = zoneOf([own]);

    assert.equal(lookUp(zone, "shop.example.dev"), "10.224.1.9");
    assert.equal(lookUp(zone, `web.e1.${suffix}`).startsWith("10."), false);
    assert.deepEqual(
      zone.warnings.map(({ kind, environments }) => [kind, ...environments]),
      [
        ["hostname-invalid", "a/e1"],
        ["hostname-invalid", "a/e1"],
      ],
    );
  }
});

test("a change takes the place of what was there, and what is removed takes its suffix and its subnet along", () => {
  const away = environment(
    "a/e1",
    { web: service(["10.225.3.9"], { ports: [80] }) },
    { suffix: "lan", subnet: "10.225.3.0/24" },
  );
  const names = ["web.e1.lan", "x.lan", "ns.lan", "9.3.225.10.in-addr.arpa", "8.3.225.10.in-addr.arpa"];
  const empty = zoneOf([]);

  const [there, moved] = [away, { ...away, services: { web: service(["10.225.3.8"]) } }].map((set, index) =>
    changeZone(empty, { set: [set], remove: [], serial: index }),
  );
  const gone = changeZone(moved as Zone, { set: [], remove: ["a/e1", "never/there"], serial: 9 });

  const answers = [there, moved, gone].map((zone) => names.map((name) => lookUp(zone as Zone, name)));
  const reverse = "3.225.10.in-addr.arpa";
  assert.deepEqual(answers, [
    ["10.225.3.9", "NXDOMAIN lan", "127.0.0.1", `NODATA ${reverse}`, `NXDOMAIN ${reverse}`],
    ["10.225.3.8", "NXDOMAIN lan", "127.0.0.1", `NXDOMAIN ${reverse}`, `NODATA ${reverse}`],
    names.map(() => "foreign"),
  ]);
  assert.equal(gone.serial, 9);
  assert.deepEqual([...gone.names.keys()].sort(), [...empty.names.keys()].sort());
});

test("environments of one moment are ordered by key, whatever the order they are given in", () => {
  const claim = (key: string, address: string) =>
    environment(key, { web: service([address], { hostnames: ["app.example.dev"] }) });

  const answers = [
    zoneOf([claim("a/e1", "10.224.1.1"), claim("b/e2", "10.224.1.2")]),
    zoneOf([claim("b/e2", "10.224.1.2"), claim("a/e1", "10.224.1.1")]),
  ].map((zone) => lookUp(zone, "app.example.dev"));

  assert.deepEqual(answers, ["10.224.1.1", "10.224.1.1"]);
});

test("a service beats an apex of the same name, its own environment's or another's, and the names below the apex stay", () => {
  const zone = zoneOf([
    environment("shop/e1", {
      shop: service(["10.224.1.1"]),
      blog: service(["10.224.1.2"]),
      web: service(["10.224.1.3"], { ingress: true }),
    }),
    environment(
      "blog/e1",
      { web: service(["10.224.2.3"], { ingress: true }) },
      { shortNames: false, createdAt: "2027" },
    ),
  ]);

  assert.equal(lookUp(zone, "shop.e1.test"), "10.224.1.1");
  assert.equal(lookUp(zone, "blog.e1.test"), "10.224.1.2");
  assert.equal(lookUp(zone, "web.blog.e1.test"), "10.224.2.3");
  assert.equal(lookUp(zone, "any.blog.e1.test"), "10.224.2.3");
  assert.deepEqual(
    zone.warnings.map(({ kind, environments }) => [kind, ...environments]),
    [
      ["apex-taken", "shop/e1"],
      ["apex-taken", "shop/e1", "blog/e1"],
    ],
  );
});

for (const { entry, name, expected } of [
  { entry: "admin", name: "admin.e1.test", expected: "10.224.1.9" },
  { entry: "Admin.Example.DEV.", name: "admin.example.dev", expected: "10.224.1.9" },
  { entry: "bücher.example.dev", name: "xn--bcher-kva.example.dev", expected: "10.224.1.9" },
  { entry: "xn--bcher-kva.example.dev", name: "xn--bcher-kva.example.dev", expected: "10.224.1.9" },
  { entry: "*.example.dev", name: "a.b.example.dev", expected: "10.224.1.9" },
  { entry: "*.example.dev", name: "example.dev", expected: "foreign" },
  { entry: "*", name: "whatever.e1.test", expected: "10.224.1.9" },
  { entry: "printer.local", name: "printer.local", expected: "10.224.1.9" },
  { entry: "a.b.c.test", name: "b.c.test", expected: "NODATA test" },
]) {
  test(`with the hostname "${entry}", ${name} is ${expected}`, () => {
    const zone = zoneOf([environment("a/e1", { web: service(["10.224.1.9"], { hostnames: [entry] }) })]);

    assert.equal(lookUp(zone, name), expected);
    assert.deepEqual(zone.warnings, []);
  });
}

for (const entry of [
  "-bad",
  "a..b",
  "a b.c",
  "*.dev",
  "x.*.dev.example",
  "10.0.0.1",
  "xn--a.example.dev",
  `${"a".repeat(64)}.dev`,
  `${"a.".repeat(130)}dev`,
  "",
  "ns.test",
  "\u0000.dev",
]) {
  test(`the hostname ${JSON.stringify(entry.slice(0, 20))} is left out with a warning`, () => {
    const zone = zoneOf([environment("a/e1", { web: service(["10.224.1.9"], { hostnames: [entry] }) })]);

    assert.deepEqual(
      zone.warnings.map(({ kind, environments }) => [kind, environments]),
      [["hostname-invalid", ["a/e1"]]],
    );
    assert.equal(lookUp(zone, "ns.test"), "127.0.0.1");
  });
}

test("exact hostnames outside the suffix beat a wildcard around them, and nothing is synthesized below them", () => {
  const zone = zoneOf([
    environment("a/e1", {
      wild: service(["10.224.1.1"], { hostnames: ["*.example.dev"] }),
      exact: service(["10.224.1.2"], { hostnames: ["api.example.dev"] }),
    }),
  ]);

  assert.equal(lookUp(zone, "api.example.dev"), "10.224.1.2");
  assert.equal(lookUp(zone, "x.example.dev"), "10.224.1.1");
  assert.equal(lookUp(zone, "x.api.example.dev"), "NXDOMAIN example.dev");
});

test("a service in another's namespace has its addresses; a circle or a missing service gives no name", () => {
  const zone = zoneOf([
    environment("a/e1", {
      base: service(["10.224.1.1"]),
      one: service([], { namespaceOf: "two" }),
      two: service([], { namespaceOf: "base" }),
      left: service([], { namespaceOf: "right" }),
      right: service([], { namespaceOf: "left" }),
      orphan: service(["10.224.1.7"], { namespaceOf: "gone" }),
    }),
  ]);

  assert.deepEqual(
    ["one", "two", "left", "orphan"].map((name) => lookUp(zone, `${name}.e1.test`)),
    ["10.224.1.1", "10.224.1.1", "NXDOMAIN test", "NXDOMAIN test"],
  );
});

test("48: every suffix is closed, test too when another one is configured", () => {
  const own = environment("a/e1", { web: service(["10.224.1.1"]) }, { suffix: "dev.internal" });

  const zone = zoneOf([own], { suffix: "lan" });

  assert.deepEqual(
    ["web.e1.dev.internal", "x.dev.internal", "ns.dev.internal", "x.internal", "x.lan", "x.test", "ns.test"].map(
      (name) => lookUp(zone, name),
    ),
    ["10.224.1.1", "NXDOMAIN dev.internal", "127.0.0.1", "foreign", "NXDOMAIN lan", "NXDOMAIN test", "127.0.0.1"],
  );
});

test("47: a suffix under local is answered, other names of multicast DNS are not", () => {
  const zone = zoneOf([environment("a/e1", { web: service(["10.224.1.1"]) }, { suffix: "cilo.local" })]);

  assert.deepEqual(
    ["web.e1.cilo.local", "x.cilo.local", "printer.local"].map((name) => lookUp(zone, name)),
    ["10.224.1.1", "NXDOMAIN cilo.local", "NXDOMAIN local"],
  );
});

for (const { baseSubnet, inside, outside } of [
  { baseSubnet: "10.224.0.0/16", inside: ["9.9.224.10"], outside: ["9.9.225.10"] },
  { baseSubnet: "10.224.0.0/12", inside: ["9.9.224.10", "9.9.239.10"], outside: ["9.9.223.10", "9.9.240.10"] },
  { baseSubnet: "10.224.128.0/17", inside: ["9.128.224.10", "9.255.224.10"], outside: ["9.127.224.10"] },
  { baseSubnet: "192.168.7.128/25", inside: ["128.7.168.192", "255.7.168.192"], outside: ["127.7.168.192"] },
  { baseSubnet: "10.0.0.0/8", inside: ["9.9.9.10"], outside: ["9.9.9.11"] },
]) {
  test(`53: with the base subnet ${baseSubnet} exactly its reverse names are local`, () => {
    const zone = zoneOf([], { baseSubnet });

    const local = (name: string) => lookUp(zone, `${name}.in-addr.arpa`) !== "foreign";

    assert.deepEqual([inside.map(local), outside.map(local)], [inside.map(() => true), outside.map(() => false)]);
  });
}

test("an environment's subnet outside the base subnet has its reverse names closed as well", () => {
  const zone = zoneOf([environment("a/e1", { web: service(["10.225.3.9"]) }, { subnet: "10.225.3.0/24" })]);

  assert.deepEqual(
    ["9.3.225.10", "8.3.225.10", "8.4.225.10"].map((name) => lookUp(zone, `${name}.in-addr.arpa`)),
    ["NODATA 3.225.10.in-addr.arpa", "NXDOMAIN 3.225.10.in-addr.arpa", "foreign"],
  );
});

test("addresses in networks that an environment keeps give back their names, and go with it", () => {
  const keptNetworks = { back: "10.225.3.0/24", safe: "10.225.4.0/24" };
  const services = { db: service(["10.225.3.11"]), web: service(["10.224.1.10"]) };
  const zone = zoneOf([environment("a/e1", services, { keptNetworks })]);

  const without = changeZone(zone, { set: [environment("a/e1", { web: services.web })], remove: [], serial: 9 });

  assert.equal(lookUp(zone, "db.e1.test"), "10.225.3.11");
  assert.deepEqual(
    ["11.3.225.10", "12.3.225.10", "9.4.225.10", "9.5.225.10", "10.1.224.10"].map((name) =>
      lookUp(zone, `${name}.in-addr.arpa`),
    ),
    [
      "NODATA 3.225.10.in-addr.arpa",
      "NXDOMAIN 3.225.10.in-addr.arpa",
      "NXDOMAIN 4.225.10.in-addr.arpa",
      "foreign",
      "NODATA 224.10.in-addr.arpa",
    ],
  );
  assert.equal(lookUp(without, "11.3.225.10.in-addr.arpa"), "foreign");
});

test("names that are longer than a name may be are left out, and the others stay", () => {
  const suffix = `${"s".repeat(60)}.`.repeat(4).slice(0, -1);

  const zone = zoneOf([
    environment(
      "a/e1",
      { web: service(["10.224.1.1"], { ingress: true, hostnames: ["x.test", `*.${suffix}.sssss.dev`] }) },
      { suffix },
    ),
  ]);

  assert.equal(lookUp(zone, "x.test"), "10.224.1.1");
  assert.ok([...zone.names.keys()].every((name) => name.length <= 254));
  assert.ok(zone.warnings.length > 0);
});

test("a zone follows from the set of environments alone, not from their order", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(exampleEnvironments, { minLength: exampleEnvironments.length }), (environments) => {
      const names = (zone: Zone) =>
        new Map([...zone.names.entries()].sort(([left], [right]) => (left < right ? -1 : 1)));

      assert.deepEqual(names(zoneOf(environments)), names(zoneOf(exampleEnvironments)));
    }),
  );
});

test("facts of any kind make a zone, and every name in it is one", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("web", "*", "a.b", "*.test", "10.224.1.1", "::1", "test", ""),
  );
  const arbitraryService = fc.record({
    addresses: fc.array(text, { maxLength: 3 }),
    ports: fc.array(fc.nat(), { maxLength: 1 }),
    hostnames: fc.array(text, { maxLength: 3 }),
    ingress: fc.boolean(),
    namespaceOf: fc.option(text),
  });
  const facts = fc.record({
    suffix: text,
    subnet: text,
    createdAt: text,
    shortNames: fc.boolean(),
    project: text,
    name: text,
  });

  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.dictionary(text, arbitraryService, { maxKeys: 4 }), facts), { maxLength: 3 }),
      text,
      (input, other) => {
        const environments = input.map(([services, overrides]) => environment("a/e1", services, overrides));

        const zone = buildZone({ environments, suffix: other, baseSubnet: other, serial: 1 });

        assert.ok([...zone.names.keys()].every((name) => name.length <= 254 && lookUp(zone, "x.test") !== "foreign"));
      },
    ),
    { numRuns: 300 },
  );
});
