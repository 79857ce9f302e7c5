import { type NameKey, parentOf } from "../wire/name.ts";
import { discoveryNameOf } from "./discovery.ts";
import { entriesOfEnvironment } from "./environment-entries.ts";
import { anchorsAt, domainOwner, type FactsByName, findAnchored, type Standing, standingOf } from "./name-facts.ts";
import type { ZoneEnvironment } from "./zone-environment.ts";
import { IndexEdit, type ZoneIndex } from "./zone-index.ts";
import { hasConflict } from "./zone-warnings.ts";

export interface ChangedIndex {
  index: ZoneIndex;
  /** Every name whose node may be another one now, also those that are no more. */
  changed: ReadonlySet<NameKey>;
}

/** How a name stood, and how it stands. */
interface Change {
  name: NameKey;
  was: Standing;
  is: Standing;
}

/**
 * Makes the next index of an index, which stays as it is.
 * @param allNames of the zone; read only when a suffix or subnet begins or ceases to enclose names that were there.
 */
export function changeIndex(
  before: ZoneIndex,
  { set, remove }: { set: readonly ZoneEnvironment[]; remove: readonly string[] },
  allNames: () => Iterable<NameKey>,
): ChangedIndex {
  const edit = new IndexEdit(before);
  if (before.facts.size === 0) edit.putInstallation();
  for (const id of remove) edit.remove(id);
  for (const environment of set) edit.put(entriesOfEnvironment(environment));
  const changed = new Set(edit.touched);
  const counts: Counts = new Map();
  // A set is walked with what is added on the way.
  for (const name of changed) {
    const change = { name, was: standingOf(before.facts, name), is: standingOf(edit.facts, name) };
    for (const dependent of dependentsOf(change, before.facts, edit)) changed.add(dependent);
    countAbove(change, counts);
    edit.markConflict(name, hasConflict(edit.facts, name));
  }
  for (const [name, count] of counts) edit.countBelow(name, count);
  for (const name of enclosedAnew(before.facts, edit, allNames)) changed.add(name);
  for (const name of changed) if (parentOf(name) !== "") changed.add(parentOf(name));
  return { index: edit.finish(), changed };
}

/** Names that answer otherwise because a name does, the names between a name and its apex apart. */
function* dependentsOf({ name, was, is }: Change, before: FactsByName, edit: IndexEdit): Generator<NameKey> {
  if (domainOwner(before, name)?.key !== domainOwner(edit.facts, name)?.key) yield* edit.hostnamesUnder(name);
  const wasWildcard = was.claim?.wildcard === true;
  const isWildcard = is.claim?.wildcard === true;
  // A wildcard outside all anchors makes local what is below it, and nothing but hostnames is outside.
  if (wasWildcard !== isWildcard && findAnchored(edit.facts, name) === null) {
    yield* edit.hostnamesUnder(parentOf(name));
  }
  const hasDiscovery = (was.claim?.discovery ?? is.claim?.discovery ?? null) !== null;
  const discoveryName = hasDiscovery ? discoveryNameOf(name) : null;
  if (discoveryName !== null) yield discoveryName;
}

/** By how much the counts of names are to change. */
type Counts = Map<NameKey, { existing: number; held: number }>;

function countAbove({ name, was, is }: Change, counts: Counts): void {
  const existing = Number(is.exists) - Number(was.exists);
  const held = Number(is.isHeld) - Number(was.isHeld);
  if (existing === 0 && held === 0) return;
  for (let up = parentOf(name); up !== ""; up = parentOf(up)) {
    const count = counts.get(up) ?? { existing: 0, held: 0 };
    counts.set(up, { existing: count.existing + existing, held: count.held + held });
  }
}

/** Names that were below a suffix or subnet that came, or stay below one that went: their authority is another. */
function enclosedAnew(
  before: FactsByName,
  { facts, touched }: IndexEdit,
  allNames: () => Iterable<NameKey>,
): NameKey[] {
  const hasNames = (of: FactsByName, apex: NameKey) => {
    const { existingBelow = 0, heldBelow = 0 } = of.get(apex) ?? {};
    return existingBelow + heldBelow > 0;
  };
  const kindsAt = (of: FactsByName, name: NameKey) =>
    anchorsAt(of, name)
      .map(({ kind }) => kind)
      .join();
  const apexes = [...touched]
    .filter((apex) => hasNames(before, apex) && hasNames(facts, apex))
    .filter((apex) => kindsAt(before, apex) !== kindsAt(facts, apex));
  return apexes.length === 0 ? [] : [...allNames()].filter((name) => apexes.some((apex) => name.endsWith(apex)));
}
