import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answer } from "../../../src/dns/answer.ts";
import { createByteAnswerer, maxReplyBytes } from "../../../src/dns/answer-bytes.ts";
import { maxNameBytes, type NameKey, parentOf, toNameKey } from "../../../src/dns/wire/name.ts";
import { recordTypes } from "../../../src/dns/wire/protocol-numbers.ts";
import { buildZone, changeZone, findName, type Zone } from "../../../src/dns/zone.ts";
import { message } from "../messages.ts";
import { arbitraryHistory, type Step } from "./arbitrary-environments.ts";
import { splitRecords } from "./split-records.ts";

/** What a name has: types of its RRsets in order, and the ports of its SRV records. */
interface Expected {
  kind: "found" | "absent" | "foreign";
  types: number[];
  ports: number[];
}

/** A name of the model, kept by the zone or not. */
interface ModelNode extends Expected {
  isBelowLocal: boolean;
  wildcardTypes: number[] | null;
}

const key = (text: string) => toNameKey(text) ?? "";
const kinds = { exists: "found", absent: "absent", foreign: "foreign" } as const;

/** Every name written out: those the zone keeps, then those that follow from ports. */
function modelOf(zone: Zone): Map<NameKey, ModelNode> {
  const model = new Map<NameKey, ModelNode>();
  const kept = [...zone.names.entries()].flatMap(([name, { node }]) => (node === null ? [] : [[name, node] as const]));
  const typesOf = (rrsets: readonly { type: number }[]) => rrsets.map(({ type }) => type);
  for (const [name, { self, below, rrsets, wildcard }] of kept) {
    const ports = rrsets
      .filter(({ type }) => type === recordTypes.SRV)
      .flatMap(splitRecords)
      .map(portOf);
    const wildcardTypes = wildcard === null ? null : typesOf(wildcard);
    model.set(name, {
      kind: kinds[self],
      types: typesOf(rrsets),
      ports,
      isBelowLocal: below === "local",
      wildcardTypes,
    });
  }
  for (const [name, { discovery }] of kept) {
    if (discovery === null) continue;
    const ports = discovery.ports.toSorted((left, right) => left - right);
    const empty = { kind: "found", types: [], ports: [], isBelowLocal: true, wildcardTypes: null } as const;
    const names: [NameKey, ModelNode][] = [
      [key("_tcp") + name, { ...empty, types: [], ports: [] }],
      [key("_http._tcp") + name, { ...empty, types: [recordTypes.SRV], ports }],
    ];
    for (const [below, node] of names) if (!model.has(below)) model.set(below, node);
  }
  return model;
}

/** RFC 4592 section 3.3.1, over names that are all there. */
function lookUp(model: Map<NameKey, ModelNode>, name: NameKey): Expected {
  const nothing = { types: [], ports: [] };
  const own = model.get(name);
  if (own !== undefined) return own.kind === "found" ? own : { ...nothing, kind: own.kind };
  for (let up = name; up !== ""; ) {
    up = parentOf(up);
    const encloser = model.get(up);
    if (encloser?.isBelowLocal !== true) continue;
    return encloser.wildcardTypes === null
      ? { ...nothing, kind: "absent" }
      : { kind: "found", types: encloser.wildcardTypes, ports: [] };
  }
  return { ...nothing, kind: "foreign" };
}

function portOf(record: Buffer): number {
  return record.readUInt16BE(12 + 4);
}

function zoneOf(history: readonly Step[]): Zone {
  let zone = buildZone({ suffix: "test", baseSubnet: "10.224.0.0/16", environments: [], serial: 0 });
  for (const step of history) zone = changeZone(zone, { ...step, serial: zone.serial + 1 });
  return zone;
}

/** What names are looked for: those there are, with labels of services before them. */
const path = fc.record({
  labels: fc.array(fc.constantFrom("_tcp", "_tcp", "_http", "_http", "_udp", "_https", "x", "*"), { maxLength: 3 }),
  index: fc.nat(),
});

function nameAt(
  model: ReadonlyMap<NameKey, ModelNode>,
  { labels, index }: { labels: string[]; index: number },
): NameKey {
  const names = [...model.keys()].sort();
  return key(labels.join(".")) + (names[index % names.length] ?? "");
}

const answerer = createByteAnswerer();

/** The reply from octets has to be the reference's, and to be left to it for foreign names only. */
function checkOctets(zone: Zone, name: NameKey, type: string): void {
  // A service's names are found in any case of their letters.
  const query = message(Buffer.from(`${name.toUpperCase()}\0`, "latin1"), { type });
  const out = Buffer.alloc(maxReplyBytes);

  const length = answerer.write(query, zone, out, 0);
  const reference = answer(query, zone, "udp");

  const written = length === 0 ? "" : out.toString("hex", 0, length);
  assert.equal(written, reference.kind === "reply" ? reference.packet.toString("hex") : "");
}

test("names that are kept and names that follow from ports are found as if all were kept, and by octets as well", () => {
  let discovered = 0;

  fc.assert(
    fc.property(arbitraryHistory, fc.array(path, { minLength: 20, maxLength: 40 }), (history, paths) => {
      const zone = zoneOf(history);
      const model = modelOf(zone);
      const names = new Set([...model.keys(), ...paths.map((it) => nameAt(model, it))]);
      for (const name of names) {
        if (name.length >= maxNameBytes) continue;
        const { kind, types, ports } = lookUp(model, name);

        const finding = findName(zone, name);

        const rrsets = finding.kind === "found" ? finding.rrsets : [];
        const records = rrsets.filter(({ type }) => type === recordTypes.SRV).flatMap(splitRecords);
        const found = { kind: finding.kind, types: rrsets.map(({ type }) => type), ports: records.map(portOf) };
        assert.deepEqual(found, { kind, types, ports }, JSON.stringify(name));
        for (const type of ["SRV", "A"]) checkOctets(zone, name, type);
        if (ports.length > 0 && !zone.names.get(name)) discovered += 1;
      }
    }),
    { numRuns: 200 },
  );

  assert.ok(discovered > 50, `${discovered} names that follow from ports`);
});
