import assert from "node:assert/strict";
import { test } from "node:test";
import { formatName, toKeyFromWire, toNameKey } from "../../../src/dns/wire/name.ts";
import { recordTypes } from "../../../src/dns/wire/protocol-numbers.ts";
import { buildZone, changeZone, findName, type Zone, type ZoneEnvironment } from "../../../src/dns/zone.ts";
import { environment, exampleZone, service } from "../example-zone.ts";
import { splitRecords } from "./split-records.ts";

function zoneOf(...environments: ZoneEnvironment[]): Zone {
  return buildZone({ environments, suffix: "test", baseSubnet: "10.224.0.0/16", serial: 1 });
}

/** RDATA of a name's records of one type, or why there are none. */
function lookUp(zone: Zone, name: string, type: number): Buffer[] | "NODATA" | "NXDOMAIN" | "foreign" {
  const finding = findName(zone, toNameKey(name) ?? "");
  if (finding.kind !== "found") return finding.kind === "absent" ? "NXDOMAIN" : "foreign";
  const rrset = finding.rrsets.find((it) => it.type === type);
  return rrset === undefined ? "NODATA" : splitRecords(rrset).map((record) => record.subarray(12));
}

/** "0 0 80 web.e1.test": priority, weight, port and target, which must be written out to its root label. */
function services(zone: Zone, host: string): string[] | string {
  const found = lookUp(zone, `_http._tcp.${host}`, recordTypes.SRV);
  if (typeof found === "string") return found;
  return found.map((data) => {
    assert.equal(data.at(-1), 0);
    const numbers = [0, 2, 4].map((offset) => data.readUInt16BE(offset));
    return [...numbers, formatName(toKeyFromWire(data, 6, data.length - 1))].join(" ");
  });
}

function description(zone: Zone, name: string): string[] | string {
  const found = lookUp(zone, name, recordTypes.TXT);
  if (typeof found === "string") return found;
  const strings: string[] = [];
  for (const data of found) {
    for (let start = 0; start < data.length; start += 1 + (data[start] ?? 0)) {
      strings.push(data.toString("utf8", start + 1, start + 1 + (data[start] ?? 0)));
    }
  }
  return strings;
}

const shop = environment(
  "shop/e1",
  {
    web: service(["10.224.1.10"], { ports: [8080, 80, 443], ingress: true, hostnames: ["admin", "shop.example.dev"] }),
    my_db: service(["10.224.1.11"], { ports: [5432] }),
    portless: service(["10.224.1.12"], { ports: [] }),
    down: service([], { ports: [80] }),
  },
  { status: "degraded", revision: 42 },
);

for (const { host, expected } of [
  { host: "web.e1.test", expected: ["0 0 80 web.e1.test", "1 0 443 web.e1.test", "2 0 8080 web.e1.test"] },
  {
    host: "web.shop.e1.test",
    expected: ["0 0 80 web.shop.e1.test", "1 0 443 web.shop.e1.test", "2 0 8080 web.shop.e1.test"],
  },
  { host: "my-db.e1.test", expected: ["0 0 5432 my-db.e1.test"] },
  { host: "my_db.e1.test", expected: ["0 0 5432 my_db.e1.test"] },
  { host: "portless.e1.test", expected: "NXDOMAIN" },
  { host: "down.e1.test", expected: "NXDOMAIN" },
  { host: "admin.e1.test", expected: "NXDOMAIN" },
  { host: "shop.example.dev", expected: "foreign" },
  // The wildcard covers the name, and has addresses only.
  { host: "any.shop.e1.test", expected: "NODATA" },
]) {
  test(`the SRV records of _http._tcp.${host} are ${typeof expected === "string" ? expected : expected.join(", ")}`, () => {
    const answer = services(zoneOf(shop), host);

    assert.deepEqual(answer, expected);
  });
}

test("between a service's name and its SRV records there is an empty non-terminal, and nothing beside them", () => {
  const zone = zoneOf(shop);

  assert.equal(lookUp(zone, "_tcp.web.e1.test", recordTypes.SRV), "NODATA");
  assert.equal(lookUp(zone, "_udp.web.e1.test", recordTypes.SRV), "NXDOMAIN");
  assert.equal(lookUp(zone, "_https._tcp.web.e1.test", recordTypes.SRV), "NXDOMAIN");
  assert.equal(lookUp(zone, "_http._tcp.web.e1.test", recordTypes.A), "NODATA");
});

test("names of SRV records are not kept, however many services there are", () => {
  const { names } = zoneOf(shop);

  assert.deepEqual(
    [...names.keys()].filter((name) => /_http|_tcp/.test(name)),
    [],
  );
});

test("a wildcard below a service's name does not answer below the names of its SRV records", () => {
  const web = service(["10.224.1.10"], { ports: [80], hostnames: ["*.web.e1.test"] });

  const zone = zoneOf(environment("shop/e1", { web }));

  assert.deepEqual(services(zone, "web.e1.test"), ["0 0 80 web.e1.test"]);
  assert.deepEqual(lookUp(zone, "_udp.web.e1.test", recordTypes.A), [Buffer.from([10, 224, 1, 10])]);
  for (const name of ["x._tcp.web.e1.test", "x._http._tcp.web.e1.test"]) {
    assert.equal(lookUp(zone, name, recordTypes.A), "NXDOMAIN");
  }
});

for (const { hostnames, isUp } of [
  { hostnames: ["_tcp.web.e1.test", "_http._tcp.web.e1.test"], isUp: true },
  { hostnames: ["_tcp.web.e1.test", "_http._tcp.web.e1.test"], isUp: false },
  { hostnames: ["x._tcp.web.e1.test", "*._tcp.web.e1.test"], isUp: true },
]) {
  test(`SRV records stay where a service that is ${isUp ? "up" : "down"} has ${hostnames.join(" and ")}`, () => {
    const web = service(["10.224.1.10"], { ports: [80] });
    const other = service(isUp ? ["10.224.1.20"] : [], { hostnames });

    const zone = zoneOf(environment("shop/e1", { web, other }));

    assert.deepEqual(services(zone, "web.e1.test"), ["0 0 80 web.e1.test"]);
    const expected = isUp ? [Buffer.from([10, 224, 1, 20])] : "NODATA";
    for (const name of hostnames) assert.deepEqual(lookUp(zone, name, recordTypes.A), expected);
    assert.deepEqual(lookUp(zone, "_tcp.web.e1.test", recordTypes.SRV), "NODATA");
  });
}

test("a name that someone has stays when the SRV records at it or below it go", () => {
  const other = service(["10.224.1.20"], { hostnames: ["_tcp.web.e1.test", "_http._tcp.web.e1.test"] });
  const up = environment("shop/e1", { web: service(["10.224.1.10"], { ports: [80] }), other });

  const zone = changeZone(zoneOf(up), {
    set: [{ ...up, services: { web: service([], { ports: [80] }), other } }],
    remove: [],
    serial: 2,
  });

  for (const name of ["_tcp.web.e1.test", "_http._tcp.web.e1.test"]) {
    assert.deepEqual(lookUp(zone, name, recordTypes.A), [Buffer.from([10, 224, 1, 20])]);
    assert.equal(lookUp(zone, name, recordTypes.SRV), "NODATA");
  }
});

test("names of SRV records that another environment asked for in vain come and go with the service", () => {
  const hostnames = ["_tcp.web.e1.test", "_http._tcp.web.e1.test"];
  const other = environment("lab/e9", { lab: service(["10.224.9.1"], { hostnames }) }, { createdAt: "2027" });
  const e1 = (addresses: string[]) => environment("shop/e1", { web: service(addresses, { ports: [80] }) });

  const up = zoneOf(e1(["10.224.1.10"]), other);
  const down = changeZone(up, { set: [e1([])], remove: [], serial: 2 });
  const again = changeZone(down, { set: [e1(["10.224.1.10"])], remove: [], serial: 3 });

  const answers = [up, down, again].map((zone) => hostnames.map((name) => lookUp(zone, name, recordTypes.A)));
  assert.deepEqual(answers, [
    ["NODATA", "NODATA"],
    ["NXDOMAIN", "NXDOMAIN"],
    ["NODATA", "NODATA"],
  ]);
  assert.deepEqual(services(again, "web.e1.test"), ["0 0 80 web.e1.test"]);
});

test("below a name that is a suffix as well, SRV records are that suffix's to answer for", () => {
  const suffix = "_tcp.web.e1.test";
  const zone = zoneOf(
    environment("shop/e1", { web: service(["10.224.1.10"], { ports: [80] }) }),
    environment("lab/e9", {}, { suffix, subnet: "10.224.9.0/24" }),
  );

  const finding = findName(zone, toNameKey(`_http.${suffix}`) ?? "");

  assert.deepEqual(services(zone, "web.e1.test"), ["0 0 80 web.e1.test"]);
  assert.equal(finding.kind === "found" && formatName(finding.authority.apex), suffix);
});

test("SRV records are of whoever has the service's name", () => {
  const younger = environment("web/e1", { any: service(["10.224.2.1"], { ingress: true }) }, { createdAt: "2027" });
  const older = environment("shop/e1", { web: service(["10.224.1.1"], { ports: [9000] }) });

  const zone = zoneOf(younger, older);

  assert.deepEqual(services(zone, "web.e1.test"), ["0 0 9000 web.e1.test"]);
});

test("SRV records go with the service's last container and come back with it", () => {
  const stopped = { ...shop, services: { ...shop.services, web: service([], { ports: [80] }) } };
  const up = zoneOf(shop);

  const down = changeZone(up, { set: [stopped], remove: [], serial: 2 });
  const again = changeZone(down, { set: [shop], remove: [], serial: 3 });

  assert.equal(services(down, "web.e1.test"), "NXDOMAIN");
  assert.equal(lookUp(down, "_tcp.web.e1.test", recordTypes.SRV), "NXDOMAIN");
  assert.deepEqual(services(again, "web.e1.test"), services(up, "web.e1.test"));
});

test("ports that are none are left out, and as many are given as fit one message", () => {
  const ports = [
    0,
    -1,
    1.5,
    65_536,
    Number.NaN,
    80,
    80,
    ...Array.from({ length: 9_000 }, (_, index) => 10_000 + index),
  ];

  const answer = services(zoneOf(environment("a/e1", { web: service(["10.224.1.1"], { ports }) })), "web.e1.test");

  assert.equal(answer[0], "0 0 80 web.e1.test");
  assert.ok(answer.length > 1_000);
  const octets = answer.length * (18 + "_web_e1_test_".length);
  assert.ok(octets <= 64_000, `${octets} octets`);
});

test("a host whose SRV records would have too long a name has none", () => {
  const suffix = `${`${"s".repeat(60)}.`.repeat(3)}${"s".repeat(57)}`;

  const zone = zoneOf(environment("a/e", { w: service(["10.224.1.1"]) }, { suffix }));

  assert.deepEqual(lookUp(zone, `w.e.${suffix}`, recordTypes.A), [Buffer.from([10, 224, 1, 1])]);
  assert.equal(lookUp(zone, `_tcp.w.e.${suffix}`, recordTypes.SRV), "NXDOMAIN");
  assert.ok([...zone.names.keys()].every((name) => name.length <= 254));
});

const described = ["project=shop", "environment=e1", "state=degraded", "revision=42"];
for (const { name, expected } of [
  { name: "e1.test", expected: described },
  { name: "shop.e1.test", expected: described },
  { name: "any.shop.e1.test", expected: "NODATA" },
  { name: "web.e1.test", expected: "NODATA" },
  { name: "test", expected: "NODATA" },
  { name: "e2.test", expected: "NXDOMAIN" },
]) {
  test(`the TXT records of ${name} are ${typeof expected === "string" ? expected : expected.join(" ")}`, () => {
    const answer = description(zoneOf(shop), name);

    assert.deepEqual(answer, expected);
  });
}

test("an environment without short names describes itself at its own domain only, with no ingress service too", () => {
  const zone = zoneOf(environment("blog/e1", {}, { shortNames: false, status: "created", revision: 3 }));

  assert.equal(description(zone, "e1.test"), "NODATA");
  assert.deepEqual(description(zone, "blog.e1.test"), [
    "project=blog",
    "environment=e1",
    "state=created",
    "revision=3",
  ]);
});

test("30: the first records of a name that has addresses are the addresses, so ANY gives those", () => {
  const names = ["shop.e1.test", "web.e1.test", "localhost", "x.shop.e1.test"];

  const types = names.map((name) => {
    const finding = findName(exampleZone(), toNameKey(name) ?? "");
    return finding.kind === "found" ? finding.rrsets[0]?.type : null;
  });

  assert.deepEqual(
    types,
    names.map(() => recordTypes.A),
  );
});

test("descriptions say nothing but project, environment, state and revision", () => {
  const secret = environment("shop/e1", { web: service([], { hostnames: ["secret.example.dev"] }) }, { id: "secret" });

  const answer = description(zoneOf(secret), "e1.test");

  assert.deepEqual(answer, ["project=shop", "environment=e1", "state=running", "revision=1"]);
});
