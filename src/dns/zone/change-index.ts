import { type NameKey, parentOf } from "../wire/name.ts";
import { discoveryNamesOf } from "./discovery.ts";
import { anchorsOf } from "./entry-list.ts";
import { entriesOfEnvironment } from "./environment-entries.ts";
import { createNodeMaker } from "./make-node.ts";
import {
  domainOwner,
  type FactsByName,
  findAnchored,
  type NameFacts,
  noFacts,
  type Standing,
  standingOf,
} from "./name-facts.ts";
import type { NameTable } from "./name-table.ts";
import type { ZoneEnvironment } from "./zone-environment.ts";
import { IndexEdit, type ZoneIndex } from "./zone-index.ts";
import { hasConflict } from "./zone-warnings.ts";

/** How a name stood, and how it stands. */
interface Change {
  name: NameKey;
  was: Standing;
  is: Standing;
}

/** Makes the next index of an index, which stays as it is. */
export function changeIndex(
  before: ZoneIndex,
  { set, remove }: { set: readonly ZoneEnvironment[]; remove: readonly string[] },
): ZoneIndex {
  const edit = new IndexEdit(before);
  if (before.names.size === 0) edit.putInstallation();
  for (const id of remove) edit.remove(id);
  for (const environment of set) edit.put(entriesOfEnvironment(environment));
  const changed = settleNames(before, edit);
  const maker = createNodeMaker(edit.names);
  for (const name of changed) edit.setNode(name, maker.make(name));
  return edit.finish();
}

/**
 * Counts and marks what follows at once from the entries that are others.
 * @returns every name whose node may be another one now, also those that are no more.
 */
function settleNames(before: ZoneIndex, edit: IndexEdit): ReadonlySet<NameKey> {
  const changed = new Set(edit.touched);
  const counts: Counts = new Map();
  // A set is walked with what is added on the way.
  for (const name of changed) {
    const change = { name, was: standingOf(before.names, name), is: standingOf(edit.names, name) };
    for (const dependent of dependentsOf(change, edit)) changed.add(dependent);
    countForParent(change, counts);
    if (hasConflict(change.was) !== hasConflict(change.is)) edit.markConflict(name, hasConflict(change.is));
  }
  for (const [name, count] of sumUp(counts)) edit.countBelow(name, count);
  for (const name of enclosedAnew(before.names, edit)) changed.add(name);
  for (const name of changed) if (parentOf(name) !== "") changed.add(parentOf(name));
  return changed;
}

/** Names that answer otherwise because a name does, the names between a name and its apex apart. */
function dependentsOf({ name, was, is }: Change, edit: IndexEdit): NameKey[] {
  const wasWildcard = was.claim?.wildcard === true;
  const isWildcard = is.claim?.wildcard === true;
  const hasOtherOwner = domainOwner(was.facts)?.key !== domainOwner(is.facts)?.key;
  // A wildcard outside all anchors makes local what is below it, and nothing but hostnames is outside.
  const isOtherwiseLocal = wasWildcard !== isWildcard && findAnchored(edit.names, name) === null;
  const hasOtherPorts = (was.claim?.discovery ?? null) !== (is.claim?.discovery ?? null);
  return [
    ...(hasOtherOwner ? edit.hostnamesUnder(name) : []),
    ...(isOtherwiseLocal ? edit.hostnamesUnder(parentOf(name)) : []),
    ...(hasOtherPorts ? discoveryNamesOf(name).filter((below) => edit.names.get(below) !== undefined) : []),
  ];
}

interface Count {
  existing: number;
  held: number;
}

/** By how much the counts of names are to change. */
type Counts = Map<NameKey, Count>;

function countForParent({ name, was, is }: Change, counts: Counts): void {
  const existing = Number(is.exists) - Number(was.exists);
  const held = Number(is.isHeld) - Number(was.isHeld);
  if (existing !== 0 || held !== 0) addCount(counts, parentOf(name), { existing, held });
}

/** Counts of the names right below become those of all names below. */
function sumUp(counts: Counts): Counts {
  const sums: Counts = new Map();
  for (const [name, count] of counts) for (let up = name; up !== ""; up = parentOf(up)) addCount(sums, up, count);
  return sums;
}

function addCount(counts: Counts, name: NameKey, { existing, held }: Count): void {
  const known = counts.get(name);
  if (known === undefined) counts.set(name, { existing, held });
  else {
    known.existing += existing;
    known.held += held;
  }
}

/** Names that were below a suffix or subnet that came, or stay below one that went: their authority is another. */
function enclosedAnew(before: NameTable<NameFacts>, edit: IndexEdit): NameKey[] {
  const { names, touched } = edit;
  const hasNames = (of: FactsByName, apex: NameKey) => {
    const { existingBelow = 0, heldBelow = 0 } = of.get(apex) ?? {};
    return existingBelow + heldBelow > 0;
  };
  // A hostname that is another's name of SRV records is counted as nobody's, and answers with that one's authority.
  const hasHostnames = (apex: NameKey) => edit.hostnamesUnder(apex).next().done !== true;
  const kindsAt = (of: FactsByName, name: NameKey) =>
    anchorsOf((of.get(name) ?? noFacts).entries)
      .map(({ kind }) => kind)
      .join();
  const apexes = [...touched]
    .filter((apex) => kindsAt(before, apex) !== kindsAt(names, apex))
    .filter((apex) => (hasNames(before, apex) && hasNames(names, apex)) || hasHostnames(apex));
  return apexes.length === 0 ? [] : [...before.keys()].filter((name) => apexes.some((apex) => name.endsWith(apex)));
}
