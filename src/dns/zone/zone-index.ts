import { type NameKey, parentOf } from "../wire/name.ts";
import { claimsOf, withEntry, withoutEntry } from "./entry-list.ts";
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
import type { ZoneEntry } from "./zone-entry.ts";
import type { ZoneNode } from "./zone-node.ts";

/**
 * The names of a zone with all that they follow from; never changed, so that an old zone goes on giving its answers.
 */
export interface ZoneIndex {
  readonly installation: Installation;
  /** By environment id. */
  readonly environments: NameTable<EnvironmentEntries>;
  /** All names that anything is put at, at or below, whether they are in the zone or not. */
  readonly names: NameTable<NameFacts>;
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
    names: NameTable.empty(),
    hostnames: NameTable.empty(),
    needs: NameTable.empty(),
    conflicts: NameTable.empty(),
    leftOut: NameTable.empty(),
  };
}

/** Changes to an index, gathered until `finish` makes the one that has them. */
export class IndexEdit {
  readonly names: NameTableEdit<NameFacts>;
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
    this.names = index.names.edit();
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
    const { entries, existingBelow, heldBelow, node } = this.names.get(name) ?? noFacts;
    this.#keep(name, { entries, existingBelow: existingBelow + existing, heldBelow: heldBelow + held, node });
  }

  /** Does nothing for a name that nothing is known of. */
  setNode(name: NameKey, node: ZoneNode | null): void {
    const facts = this.names.get(name);
    if (facts !== undefined && facts.node !== node) this.names.set(name, { ...facts, node });
  }

  markConflict(name: NameKey, isOne: boolean): void {
    if (isOne) this.#conflicts.set(name, true);
    else this.#conflicts.delete(name);
  }

  finish(): ZoneIndex {
    return {
      installation: this.#installation,
      environments: this.#environments.finish(),
      names: this.names.finish(),
      hostnames: this.#hostnames.finish(),
      needs: this.#needs.finish(),
      conflicts: this.#conflicts.finish(),
      leftOut: this.#leftOut.finish(),
    };
  }

  #needAnchors({ suffix, subnets }: EnvironmentEntries, change: 1 | -1): void {
    if (suffix !== null) this.#need("suffix", suffix, change);
    for (const subnet of subnets) {
      if (isWithin(subnet, this.#installation.baseSubnet)) continue;
      for (const apex of reverseApexes(subnet)) this.#need("reverse", apex, change);
    }
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
    const { name } = entry;
    const { entries, existingBelow, heldBelow, node } = this.names.get(name) ?? noFacts;
    this.#keep(name, { entries: withEntry(entries, entry), existingBelow, heldBelow, node });
    this.touched.add(name);
    if (entry.kind === "hostname") this.#indexHostname(name, (edit) => edit.set(name, true));
  }

  #delete(entry: ZoneEntry): void {
    const { name } = entry;
    const facts = this.names.get(name) ?? noFacts;
    const entries = withoutEntry(facts.entries, entry);
    this.#keep(name, { ...facts, entries });
    this.touched.add(name);
    if (entry.kind !== "hostname" || claimsOf(entries).some(({ kind }) => kind === "hostname")) return;
    this.#indexHostname(name, (edit) => edit.delete(name));
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
    if (facts.entries === null && facts.existingBelow + facts.heldBelow === 0) this.names.delete(name);
    else this.names.set(name, facts);
  }
}
