import type { NameKey } from "../wire/name.ts";
import { foldedOctets, hashOctet } from "./name-hash.ts";

/** One name and what is kept for it. Leaves whose hashes are equal in all 32 bits are chained. */
interface Leaf<T> {
  readonly isBranch: false;
  /** Signed: numbers above 2^31 would each be kept in a place of their own. */
  readonly hash: number;
  readonly key: NameKey;
  readonly value: T;
  readonly next: Leaf<T> | undefined;
}

/** 32 ways to go, by five bits of the hash. */
interface Branch<T> {
  readonly isBranch: true;
  readonly slots: Slot<T>[];
  /** The edit that made it and may still change it; tables share a branch only after its edit has ended. */
  readonly edit: symbol | null;
}

type Slot<T> = Branch<T> | Leaf<T> | undefined;

const bitsPerLevel = 5;
const slotMask = 31;

/**
 * What is kept for each of many names; never changed. An edit makes another table that shares with this one all but
 * the way to the names it touched (a hash trie), so a change costs the same among ten names and among 100,000. Any
 * other text can be a key as well.
 */
export class NameTable<T> {
  readonly #root: Branch<T>;
  readonly size: number;

  private constructor(root: Branch<T>, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<T>(): NameTable<T> {
    return new NameTable<T>(newBranch<T>(null), 0);
  }

  get(key: NameKey): T | undefined {
    return findLeaf(this.#root, key, hashKey(key))?.value;
  }

  /**
   * Looks a name up as it stands in a packet, in any case.
   * @param start the name's first length octet
   * @param end the octet of its root label
   * @param hash of those octets, by `hashOctet` from the last to the first
   */
  find(packet: Uint8Array, start: number, end: number, hash: number): T | undefined {
    let slot: Slot<T> = this.#root;
    for (let rest = hash; slot?.isBranch === true; rest >>>= bitsPerLevel) slot = slot.slots[rest & slotMask];
    const signed = hash | 0;
    for (let leaf = slot; leaf !== undefined; leaf = leaf.next) {
      if (leaf.hash === signed && equalsFolded(leaf.key, packet, start, end)) return leaf.value;
    }
    return undefined;
  }

  /** Every name, in no order that means anything. */
  *entries(): Generator<[NameKey, T]> {
    yield* entriesOf<T>(this.#root);
  }

  /** Every name, in no order that means anything. */
  *keys(): Generator<NameKey> {
    for (const [key] of this.entries()) yield key;
  }

  edit(): NameTableEdit<T> {
    return new NameTableEdit(this.#root, (root, size) => new NameTable(root, size), this.size);
  }
}

/** Changes to a table, gathered until `finish` makes the table that has them. */
export class NameTableEdit<T> {
  #root: Branch<T>;
  #size: number;
  /** Ended by another one taking its place: then nothing made so far may be changed any more. */
  #edit = Symbol("edit");
  readonly #toTable: (root: Branch<T>, size: number) => NameTable<T>;

  /** Made by `NameTable.edit`. */
  constructor(root: Branch<T>, toTable: (root: Branch<T>, size: number) => NameTable<T>, size: number) {
    this.#root = root;
    this.#toTable = toTable;
    this.#size = size;
  }

  get(key: NameKey): T | undefined {
    return findLeaf(this.#root, key, hashKey(key))?.value;
  }

  set(key: NameKey, value: T): void {
    this.#root = this.#put(this.#root, { isBranch: false, hash: hashKey(key), key, value, next: undefined }, 0);
  }

  delete(key: NameKey): void {
    const hash = hashKey(key);
    if (findLeaf(this.#root, key, hash) === undefined) return;
    this.#size -= 1;
    this.#root = this.#remove(this.#root, { key, hash }, 0) ?? newBranch(this.#edit);
  }

  /** The table as it is now; what is changed afterwards is of the next one only. */
  finish(): NameTable<T> {
    this.#edit = Symbol("edit");
    return this.#toTable(this.#root, this.#size);
  }

  #put(branch: Branch<T>, leaf: Leaf<T>, level: number): Branch<T> {
    const editable = this.#toEditable(branch);
    const index = slotIndex(leaf.hash, level);
    const slot = editable.slots[index];
    if (slot === undefined) {
      this.#size += 1;
      editable.slots[index] = leaf;
    } else if (slot.isBranch) editable.slots[index] = this.#put(slot, leaf, level + 1);
    else if (slot.hash === leaf.hash) editable.slots[index] = this.#chain(slot, leaf);
    else editable.slots[index] = this.#put(this.#branchOf(slot, level + 1), leaf, level + 1);
    return editable;
  }

  /** Two hashes that are equal down to a level go on in a branch of their own. */
  #branchOf(leaf: Leaf<T>, level: number): Branch<T> {
    const branch = newBranch<T>(this.#edit);
    branch.slots[slotIndex(leaf.hash, level)] = leaf;
    return branch;
  }

  #chain(chain: Leaf<T>, leaf: Leaf<T>): Leaf<T> {
    if (chain.key === leaf.key && chain.next === undefined) return leaf;
    const next = without(chain, leaf.key);
    if (next === chain) this.#size += 1;
    return { ...leaf, next };
  }

  /** A branch without the name; undefined when it would be empty. */
  #remove(branch: Branch<T>, gone: { key: NameKey; hash: number }, level: number): Branch<T> | undefined {
    const editable = this.#toEditable(branch);
    const index = slotIndex(gone.hash, level);
    const slot = editable.slots[index];
    if (slot === undefined) return editable;
    editable.slots[index] = slot.isBranch ? shrink(this.#remove(slot, gone, level + 1)) : without(slot, gone.key);
    return editable.slots.every((it) => it === undefined) ? undefined : editable;
  }

  /** The branch itself where this edit made it, else a copy that this edit may change. */
  #toEditable(branch: Branch<T>): Branch<T> {
    return branch.edit === this.#edit ? branch : { isBranch: true, slots: branch.slots.slice(), edit: this.#edit };
  }
}

function newBranch<T>(edit: symbol | null): Branch<T> {
  return { isBranch: true, slots: new Array<Slot<T>>(slotMask + 1).fill(undefined), edit };
}

/** In place of a branch its one leaf, when it has nothing else: so a table's shape follows from its names alone. */
function shrink<T>(branch: Branch<T> | undefined): Slot<T> {
  const filled = branch?.slots.filter((slot) => slot !== undefined) ?? [];
  const [only] = filled;
  return filled.length === 1 && only?.isBranch === false ? only : branch;
}

function without<T>(chain: Leaf<T>, key: NameKey): Leaf<T> | undefined {
  if (chain.key === key) return chain.next;
  const next = chain.next === undefined ? undefined : without(chain.next, key);
  return next === chain.next ? chain : { ...chain, next };
}

function findLeaf<T>(root: Branch<T>, key: NameKey, hash: number): Leaf<T> | undefined {
  let slot: Slot<T> = root;
  for (let rest = hash; slot?.isBranch === true; rest >>>= bitsPerLevel) slot = slot.slots[rest & slotMask];
  for (let leaf = slot; leaf !== undefined; leaf = leaf.next) if (leaf.key === key) return leaf;
  return undefined;
}

function* entriesOf<T>(slot: Slot<T>): Generator<[NameKey, T]> {
  if (slot === undefined) return;
  if (slot.isBranch) for (const below of slot.slots) yield* entriesOf(below);
  else for (let leaf: Leaf<T> | undefined = slot; leaf !== undefined; leaf = leaf.next) yield [leaf.key, leaf.value];
}

/** Seven levels use up all 32 bits; hashes that differ have parted by then. */
function slotIndex(hash: number, level: number): number {
  return (hash >>> (level * bitsPerLevel)) & slotMask;
}

function hashKey(key: NameKey): number {
  let hash = 0;
  for (let index = key.length - 1; index >= 0; index -= 1) hash = hashOctet(hash, key.charCodeAt(index));
  return hash | 0;
}

function equalsFolded(key: NameKey, packet: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let index = 0; index < key.length; index += 1) {
    if (key.charCodeAt(index) !== foldedOctets[packet[start + index] ?? 0]) return false;
  }
  return true;
}
