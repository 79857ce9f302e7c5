import type { NameKey } from "../wire/name.ts";
import { foldedOctets, hashOctet } from "./name-hash.ts";

/** One name and what is kept for it, chained with the others of its slot by rising hash. */
interface Leaf<T> {
  /** Signed: numbers above 2^31 would each be kept in a place of their own. */
  readonly hash: number;
  readonly key: NameKey;
  readonly value: T;
  readonly next: Leaf<T> | undefined;
}

/** 64 ways to go, by six bits of the hash. Changed only by the edit that made it, until that has ended. */
type Branch<T> = Slot<T>[];

type Slot<T> = Slot<T>[] | Leaf<T> | undefined;

const bitsPerLevel = 6;
const slotMask = 63;
/** The level whose branches go by the last bits of a hash; leaves that are together there stay together. */
const lastLevel = 5;
/**
 * Most leaves of a slot; more get a branch of their own. They are few enough to look through one by one, and were there
 * fewer, look-ups would have another level of branches to go through, most of whose slots are empty.
 */
const maxChain = 4;

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
    return new NameTable<T>(newBranch<T>(), 0);
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
    for (let rest = hash; Array.isArray(slot); rest >>>= bitsPerLevel) slot = slot[rest & slotMask];
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
  /** Branches that no table has yet, so that they may be changed in place. */
  #own = new Set<Branch<T>>();
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
    const hash = hashKey(key);
    if (findLeaf(this.#root, key, hash) === undefined) this.#size += 1;
    this.#root = this.#put(this.#root, { hash, key, value, next: undefined }, 0);
  }

  delete(key: NameKey): void {
    const hash = hashKey(key);
    if (findLeaf(this.#root, key, hash) === undefined) return;
    this.#size -= 1;
    this.#root = this.#remove(this.#root, { key, hash }, 0);
  }

  /** The table as it is now; what is changed afterwards is of the next one only. */
  finish(): NameTable<T> {
    this.#own = new Set();
    return this.#toTable(this.#root, this.#size);
  }

  #put(branch: Branch<T>, leaf: Leaf<T>, level: number): Branch<T> {
    const editable = this.#toEditable(branch);
    const index = slotIndex(leaf.hash, level);
    const slot = editable[index];
    if (Array.isArray(slot)) editable[index] = this.#put(slot, leaf, level + 1);
    else {
      const chain = withLeaf(slot, leaf);
      const isLong = level < lastLevel && lengthOf(chain) > maxChain;
      editable[index] = isLong ? this.#toBranch(chain, level + 1) : chain;
    }
    return editable;
  }

  #toBranch(chain: Leaf<T>, level: number): Branch<T> {
    let branch = newBranch<T>();
    this.#own.add(branch);
    for (const leaf of leavesOf(chain)) branch = this.#put(branch, { ...leaf, next: undefined }, level);
    return branch;
  }

  #remove(branch: Branch<T>, gone: { key: NameKey; hash: number }, level: number): Branch<T> {
    const editable = this.#toEditable(branch);
    const index = slotIndex(gone.hash, level);
    const slot = editable[index];
    if (Array.isArray(slot)) editable[index] = shrink(this.#remove(slot, gone, level + 1));
    else if (slot !== undefined) editable[index] = withoutKey(slot, gone.key);
    return editable;
  }

  /** The branch itself where this edit made it, else a copy that this edit may change. */
  #toEditable(branch: Branch<T>): Branch<T> {
    if (this.#own.has(branch)) return branch;
    const copy = branch.slice();
    this.#own.add(copy);
    return copy;
  }
}

function newBranch<T>(): Branch<T> {
  return new Array<Slot<T>>(slotMask + 1).fill(undefined);
}

/** In place of a branch its leaves, when a chain can hold them: so a table's shape follows from its names alone. */
function shrink<T>(branch: Branch<T>): Slot<T> {
  const leaves: Leaf<T>[] = [];
  for (const slot of branch) {
    if (Array.isArray(slot)) return branch;
    leaves.push(...leavesOf(slot));
    if (leaves.length > maxChain) return branch;
  }
  return leaves.reduce<Leaf<T> | undefined>((chain, leaf) => withLeaf(chain, { ...leaf, next: undefined }), undefined);
}

/** A chain with a leaf in the place of the one of the same name, else where its hash belongs. */
function withLeaf<T>(chain: Leaf<T> | undefined, leaf: Leaf<T>): Leaf<T> {
  if (chain === undefined) return leaf;
  if (leaf.hash < chain.hash) return { ...leaf, next: chain };
  if (chain.hash === leaf.hash && chain.key === leaf.key) return { ...chain, value: leaf.value };
  return { ...chain, next: withLeaf(chain.next, leaf) };
}

function withoutKey<T>(chain: Leaf<T>, key: NameKey): Leaf<T> | undefined {
  if (chain.key === key) return chain.next;
  return chain.next === undefined ? chain : { ...chain, next: withoutKey(chain.next, key) };
}

function* leavesOf<T>(chain: Leaf<T> | undefined): Generator<Leaf<T>> {
  for (let leaf = chain; leaf !== undefined; leaf = leaf.next) yield leaf;
}

function lengthOf<T>(chain: Leaf<T> | undefined): number {
  let length = 0;
  for (let leaf = chain; leaf !== undefined; leaf = leaf.next) length += 1;
  return length;
}

function findLeaf<T>(root: Branch<T>, key: NameKey, hash: number): Leaf<T> | undefined {
  let slot: Slot<T> = root;
  for (let rest = hash; Array.isArray(slot); rest >>>= bitsPerLevel) slot = slot[rest & slotMask];
  for (let leaf = slot; leaf !== undefined; leaf = leaf.next) if (leaf.key === key) return leaf;
  return undefined;
}

function* entriesOf<T>(slot: Slot<T>): Generator<[NameKey, T]> {
  if (Array.isArray(slot)) for (const below of slot) yield* entriesOf(below);
  else for (const { key, value } of leavesOf(slot)) yield [key, value];
}

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
