import {
  type AnchorEntry,
  type Claim,
  compareEntries,
  isAnchor,
  isClaim,
  type RecordEntry,
  type ZoneEntry,
} from "./zone-entry.ts";

/**
 * What is put at one name, in the order of `compareEntries`; never changed in place. Nearly every name has one entry
 * at most, which then stands for itself: an array for each would be a tenth of a zone's memory.
 */
export type EntryList = null | ZoneEntry | readonly ZoneEntry[];

const noEntries: readonly ZoneEntry[] = [];

/** The entries as an array. */
export function toEntries(list: EntryList): readonly ZoneEntry[] {
  if (list === null) return noEntries;
  return isSingle(list) ? [list] : list;
}

/** The first entry, which an anchor always is; null when there is none. */
export function firstEntry(list: EntryList): ZoneEntry | null {
  if (list === null || isSingle(list)) return list;
  return list[0] ?? null;
}

/** The list with one entry more. */
export function withEntry(list: EntryList, entry: ZoneEntry): EntryList {
  if (list === null) return entry;
  const entries = toEntries(list);
  return entries.toSpliced(findPlace(entries, entry), 0, entry);
}

/** The list without an entry, which is in it. */
export function withoutEntry(list: EntryList, entry: ZoneEntry): EntryList {
  const entries = toEntries(list);
  const rest = entries.toSpliced(findPlace(entries, entry), 1);
  return rest.length > 1 ? rest : (rest[0] ?? null);
}

/** Who wants the name, whoever has it first. */
export function claimsOf(list: EntryList): Claim[] {
  return toEntries(list).filter(isClaim);
}

/** Anchors: several where a suffix is also a name of special use. */
export function anchorsOf(list: EntryList): AnchorEntry[] {
  return toEntries(list).filter(isAnchor);
}

/** What has records by itself; of several environments' entries of one kind the oldest one. */
export function recordEntriesOf(list: EntryList): (AnchorEntry | RecordEntry)[] {
  const entries: (AnchorEntry | RecordEntry)[] = [];
  for (const entry of toEntries(list)) {
    if (!isClaim(entry) && (isAnchor(entry) || entries.at(-1)?.kind !== entry.kind)) entries.push(entry);
  }
  return entries;
}

function isSingle(list: ZoneEntry | readonly ZoneEntry[]): list is ZoneEntry {
  return !Array.isArray(list);
}

/** Where an entry is, or is to be put, among those of its name. */
function findPlace(entries: readonly ZoneEntry[], entry: ZoneEntry): number {
  let low = 0;
  for (let high = entries.length; low < high; ) {
    const middle = (low + high) >>> 1;
    const other = entries[middle];
    if (other !== undefined && compareEntries(other, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
