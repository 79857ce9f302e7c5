import { type NameKey, parentOf } from "../wire/name.ts";
import type { EnvironmentEntries } from "./environment-entries.ts";
import {
  type Installation,
  installationSuffixes,
  reverseEntry,
  specialEntries,
  suffixEntries,
} from "./installation-entries.ts";
import { type NameFacts, noFacts } from "./name-facts.ts";
import { NameTable, type NameTableEdit } from "./name-table.ts";
import { isWithin, reverseApexes } from "./reverse.ts";
import { compareEntries, isClaim, type ZoneEntry } from "./zone-entry.ts";

/** All that the names of a zone follow from; never changed, so that an old zone goes on giving its answers. */
export interface ZoneIndex {
  readonly installation: Installation;
  /** By environment id. */
  readonly environments: NameTable<EnvironmentEntries>;
  readonly facts: NameTable<NameFacts>;
  /** For each name the hostnames asked for at or below it (their owner names). */
  readonly hostnames: NameTable<NameTable<true>>;
  /** By how many a suffix or a reverse apex is needed; by kind and name. */
  readonly needs: NameTable<number>;
  /** Names that someone wants and does not get. */
  readonly conflicts: NameTable<true>;
  /** Environments that left out names themselves, by id. */
  readonly leftOut: NameTable<EnvironmentEntries>;
}

/** An index of nothing at all, to be edited into one of an installation. */
export function emptyIndex(installation: Installation): ZoneIndex {
  return {
    installation,
    environments: NameTable.empty(),
    facts: NameTable.empty(),
    hostnames: NameTable.empty(),
    needs: NameTable.empty(),
    conflicts: NameTable.empty(),
    leftOut: NameTable.empty(),
  };
}

/** Changes to an index, gathered until `finish` makes the one that has them. */
export class IndexEdit {
  readonly facts: NameTableEdit<NameFacts>;
  /** Names whose entries are others now. */
  readonly touched: Set<NameKey> = new Set();
  readonly #installation: Installation;
  readonly #environments: NameTableEdit<EnvironmentEntries>;
  readonly #hostnames: NameTableEdit<NameTable<true>>;
  readonly #needs: NameTableEdit<number>;
  readonly #conflicts: NameTableEdit<true>;
  readonly #leftOut: NameTableEdit<EnvironmentEntries>;

  constructor(index: ZoneIndex) {
    this.#installation = index.installation;
    this.facts = index.facts.edit();
    this.#environments = index.environments.edit();
    this.#hostnames = index.hostnames.edit();
    this.#needs = index.needs.edit();
    this.#conflicts = index.conflicts.edit();
    this.#leftOut = index.leftOut.edit();
  }

  /** What there is without any environment; to be put into an empty index once. */
  putInstallation(): void {
    for (const entry of specialEntries()) this.#insert(entry);
    for (const suffix of installationSuffixes(this.#installation)) this.#need("suffix", suffix, 1);
    for (const apex of reverseApexes(this.#installation.baseSubnet)) this.#need("reverse", apex, 1);
  }

  /** In the place of what was put for the same id before. */
  put(environment: EnvironmentEntries): void {
    this.remove(environment.source.id);
    this.#environments.set(environment.source.id, environment);
    if (environment.leftOut.length > 0) this.#leftOut.set(environment.source.id, environment);
    this.#needAnchors(environment, 1);
    for (const entry of environment.entries) this.#insert(entry);
  }

  /** Does nothing when there is none of that id. */
  remove(environmentId: string): void {
    const environment = this.#environments.get(environmentId);
    if (environment === undefined) return;
    this.#environments.delete(environmentId);
    this.#leftOut.delete(environmentId);
    for (const entry of environment.entries) this.#delete(entry);
    this.#needAnchors(environment, -1);
  }

  /** Hostnames asked for at or below a name. */
  *hostnamesUnder(name: NameKey): Generator<NameKey> {
    for (const [hostname] of this.#hostnames.get(name)?.entries() ?? []) yield hostname;
  }

  /** Counts names below a name that begin, or with numbers below zero cease, to exist and to be held. */
  countBelow(name: NameKey, { existing, held }: { existing: number; held: number }): void {
    if (existing === 0 && held === 0) return;
    const facts = this.facts.get(name) ?? noFacts;
    this.#keep(name, {
      ...facts,
      existingBelow: facts.existingBelow + existing,
      heldBelow: facts.heldBelow + held,
    });
  }

  markConflict(name: NameKey, isOne: boolean): void {
    if (isOne) this.#conflicts.set(name, true);
    else this.#conflicts.delete(name);
  }

  finish(): ZoneIndex {
    return {
      installation: this.#installation,
      environments: this.#environments.finish(),
      facts: this.facts.finish(),
      hostnames: this.#hostnames.finish(),
      needs: this.#needs.finish(),
      conflicts: this.#conflicts.finish(),
      leftOut: this.#leftOut.finish(),
    };
  }

  #needAnchors({ suffix, subnet }: EnvironmentEntries, change: 1 | -1): void {
    if (suffix !== null) this.#need("suffix", suffix, change);
    if (isWithin(subnet, this.#installation.baseSubnet)) return;
    for (const apex of reverseApexes(subnet)) this.#need("reverse", apex, change);
  }

  /** An anchor stands while anyone needs it. */
  #need(kind: "suffix" | "reverse", name: NameKey, change: 1 | -1): void {
    const key = `${kind} ${name}`;
    const before = this.#needs.get(key) ?? 0;
    const after = before + change;
    if (after === 0) this.#needs.delete(key);
    else this.#needs.set(key, after);
    if (before > 0 && after > 0) return;
    for (const entry of kind === "suffix" ? suffixEntries(name) : [reverseEntry(name)]) {
      if (after > 0) this.#insert(entry);
      else this.#delete(entry);
    }
  }

  #insert(entry: ZoneEntry): void {
    const facts = this.facts.get(entry.name) ?? noFacts;
    if (isClaim(entry)) this.#keep(entry.name, { ...facts, claims: withEntry(facts.claims, entry) });
    else this.#keep(entry.name, { ...facts, entries: withEntry(facts.entries, entry) });
    this.touched.add(entry.name);
    if (entry.kind === "hostname") this.#indexHostname(entry.name, (edit) => edit.set(entry.name, true));
  }

  #delete(entry: ZoneEntry): void {
    const facts = this.facts.get(entry.name) ?? noFacts;
    const claims = isClaim(entry) ? withoutEntry(facts.claims, entry) : facts.claims;
    const entries = isClaim(entry) ? facts.entries : withoutEntry(facts.entries, entry);
    this.#keep(entry.name, { ...facts, entries, claims });
    this.touched.add(entry.name);
    if (entry.kind !== "hostname" || claims.some(({ kind }) => kind === "hostname")) return;
    this.#indexHostname(entry.name, (edit) => edit.delete(entry.name));
  }

  #indexHostname(hostname: NameKey, change: (edit: NameTableEdit<true>) => void): void {
    for (let up = hostname; up !== ""; up = parentOf(up)) {
      const edit = (this.#hostnames.get(up) ?? NameTable.empty<true>()).edit();
      change(edit);
      const under = edit.finish();
      if (under.size === 0) this.#hostnames.delete(up);
      else this.#hostnames.set(up, under);
    }
  }

  #keep(name: NameKey, facts: NameFacts): void {
    const { entries, claims, existingBelow, heldBelow } = facts;
    if (entries.length + claims.length + existingBelow + heldBelow === 0) this.facts.delete(name);
    else this.facts.set(name, facts);
  }
}

function withEntry<T extends ZoneEntry>(entries: readonly T[], entry: T): readonly T[] {
  return entries.length === 0 ? [entry] : entries.toSpliced(findPlace(entries, entry), 0, entry);
}

function withoutEntry<T extends ZoneEntry>(entries: readonly T[], entry: T): readonly T[] {
  return entries.length === 1 ? [] : entries.toSpliced(findPlace(entries, entry), 1);
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
