import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { childOf, formatName, type NameKey, parentOf } from "../../../src/dns/wire/name.ts";
import { recordTypes } from "../../../src/dns/wire/protocol-numbers.ts";
import { discoveryPlaceOf } from "../../../src/dns/zone/discovery.ts";
import { buildZone, findName, type Zone, type ZoneEnvironment } from "../../../src/dns/zone.ts";
import { arbitraryEnvironment } from "./arbitrary-environments.ts";
import { splitRecords } from "./split-records.ts";

function zoneOf(environments: readonly ZoneEnvironment[]): Zone {
  return buildZone({ environments, suffix: "test", baseSubnet: "10.224.0.0/16", serial: 1 });
}

/** Gives every service addresses that say whose they are: 10.<100 + environment>.<service>.<replica>. */
function withTellingAddresses(environments: readonly ZoneEnvironment[]): ZoneEnvironment[] {
  return environments.map((environment, owner) => ({
    ...environment,
    services: Object.fromEntries(
      Object.entries(environment.services).map(([name, service], place) => {
        const addresses = service.addresses.map((_, replica) => `10.${100 + owner}.${place}.${replica}`);
        return [name, { ...service, addresses }];
      }),
    ),
  }));
}

function takeDown(
  environments: readonly ZoneEnvironment[],
  isDown: (id: string, service: string) => boolean,
): ZoneEnvironment[] {
  return environments.map((environment) => ({
    ...environment,
    services: Object.fromEntries(
      Object.entries(environment.services).map(([name, service]) => [
        name,
        isDown(environment.id, name) ? { ...service, addresses: [] } : service,
      ]),
    ),
  }));
}

/** The names of some zones, and names around them. */
function namesAround(zones: readonly Zone[]): Set<NameKey> {
  const names = new Set<NameKey>();
  for (const zone of zones) {
    for (const name of zone.names.keys()) {
      const below = ["x", "*", "_tcp"].map((label) => childOf(name, label));
      for (const one of [name, parentOf(name), ...below, childOf(childOf(name, "y"), "x")]) names.add(one);
    }
  }
  return names;
}

/** "10.100.2" for the services whose addresses a name gives; without addresses what kind of answer it is. */
function ownersAt(zone: Zone, name: NameKey): string[] {
  const finding = findName(zone, name);
  if (finding.kind !== "found") return [finding.kind];
  const records = finding.rrsets.filter(({ type }) => type === recordTypes.A).flatMap(splitRecords);
  return records.length === 0 ? ["nodata"] : [...new Set(records.map((it) => it.subarray(12, 15).join(".")))];
}

/** Whether a name is at or below one that may follow from a service's ports; nobody claims those, so none is held. */
function isOfPorts(name: NameKey): boolean {
  return name !== "" && (discoveryPlaceOf(name) !== null || isOfPorts(parentOf(name)));
}

const arbitraryEnvironments = fc
  .uniqueArray(arbitraryEnvironment, { maxLength: 4, selector: ({ id }) => id })
  .map(withTellingAddresses);

test("no name ever has the addresses of two services", () => {
  fc.assert(
    fc.property(arbitraryEnvironments, (environments) => {
      const zone = zoneOf(environments);
      for (const name of namesAround([zone])) assert.equal(ownersAt(zone, name).length, 1, formatName(name));
    }),
    { numRuns: 200 },
  );
});

test("what goes down gives its names to no other service, and none to upstreams", () => {
  fc.assert(
    fc.property(arbitraryEnvironments, fc.func(fc.boolean()), (environments, isDown) => {
      const [before, after] = [zoneOf(environments), zoneOf(takeDown(environments, isDown))];
      for (const name of namesAround([before, after])) {
        if (isOfPorts(name)) continue;
        const [[was], [is]] = [ownersAt(before, name), ownersAt(after, name)];
        if (is !== "nodata" && is !== "absent") assert.equal(is, was, formatName(name));
      }
    }),
    { numRuns: 200 },
  );
});

test("above a name that exists nothing is absent (RFC 8020 section 2)", () => {
  fc.assert(
    fc.property(arbitraryEnvironments, (environments) => {
      const zone = zoneOf(environments);
      for (const name of namesAround([zone])) {
        if (findName(zone, name).kind !== "found") continue;
        for (let up = parentOf(name); up !== ""; up = parentOf(up)) {
          assert.notEqual(findName(zone, up).kind, "absent", `${formatName(up)} above ${formatName(name)}`);
        }
      }
    }),
    { numRuns: 200 },
  );
});
