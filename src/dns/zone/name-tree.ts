import type { NameKey } from "../wire/name.ts";
import { childOf, parentOf } from "../wire/name.ts";
import type { Authority, RRset, ZoneNode } from "./zone-node.ts";

/** All names of a zone, while it is put together. */
export type NameTree = Map<NameKey, ZoneNode>;

/** Makes the authority of a name that nothing local encloses. */
export type Outside = (name: NameKey) => Authority;

export interface Subtree {
  authority: Authority;
  /** What the apex itself is; an apex that is a name of the zone already stays one. */
  self: ZoneNode["self"];
  rrsets?: RRset[];
  wildcard?: RRset[] | null;
}

/**
 * Makes a name and everything below it local. Subtrees go in before names, and an enclosing one before those inside
 * it: a name's authority is the nearest apex above it at the time it is placed.
 */
export function placeSubtree(tree: NameTree, subtree: Subtree): void {
  const { authority, self } = subtree;
  const known = tree.get(authority.apex);
  placeAncestors(tree, authority.apex);
  tree.set(authority.apex, {
    self: known?.self === "exists" ? "exists" : self,
    below: "local",
    rrsets: [...(known?.rrsets ?? []), ...(subtree.rrsets ?? [])],
    wildcard: subtree.wildcard ?? known?.wildcard ?? null,
    authority,
  });
}

/**
 * Puts records at a name, beside those of other types. Where nothing local encloses it, the name becomes an authority
 * of its own and names below it stay foreign.
 */
export function placeRecords(tree: NameTree, name: NameKey, rrset: RRset, outside: Outside): void {
  const node = tree.get(name) ?? addNode(tree, name, { self: "exists", outside });
  node.self = "exists";
  node.rrsets.push(rrset);
}

/**
 * Makes a name exist without records, with the names between it and its apex (RFC 4592 section 2.2.2). Does nothing
 * outside the zone.
 */
export function placeEmpty(tree: NameTree, name: NameKey): void {
  const known = tree.get(name);
  if (known?.self === "absent") known.self = "exists";
  const authority = enclosingAuthority(tree, name);
  if (known !== undefined || authority === null) return;
  placeAncestors(tree, name);
  tree.set(name, { self: "exists", below: "local", rrsets: [], wildcard: null, authority });
}

/**
 * Keeps a name for an owner that has no records at the moment: it is answered NXDOMAIN, and no wildcard and no upstream
 * answers in the owner's place. A name that exists otherwise, or has names below it, stays as it is.
 */
export function placeAbsent(tree: NameTree, name: NameKey, outside: Outside): void {
  if (tree.has(name)) return;
  addNode(tree, name, { self: "absent", outside });
  // With records, the names between it and its apex would exist, so no wildcard answers for them now either.
  const parent = parentOf(name);
  if (parent !== "" && enclosingAuthority(tree, parent) !== null) placeAbsent(tree, parent, outside);
}

/**
 * Puts a wildcard below a name; the name with the asterisk answers with the same records, and with NXDOMAIN, as all
 * names below do, while there are none. Where nothing local encloses the name, everything below it becomes local while
 * it stays foreign itself. Wider wildcards go in first, and all before exact names.
 */
export function placeWildcard(tree: NameTree, parent: NameKey, rrset: RRset | null, outside: Outside): void {
  if (enclosingAuthority(tree, parent) === null) placeSubtree(tree, { authority: outside(parent), self: "foreign" });
  placeEmpty(tree, parent);
  const node = tree.get(parent);
  if (node === undefined) return;
  const rrsets = rrset === null ? [] : [rrset];
  node.wildcard = rrset === null ? null : rrsets;
  tree.set(childOf(parent, "*"), { ...node, self: rrset === null ? "absent" : "exists", rrsets, wildcard: null });
}

function addNode(tree: NameTree, name: NameKey, options: { self: "exists" | "absent"; outside: Outside }): ZoneNode {
  const enclosing = enclosingAuthority(tree, name);
  const node: ZoneNode = {
    self: options.self,
    below: enclosing === null ? "foreign" : "local",
    rrsets: [],
    wildcard: null,
    authority: enclosing ?? options.outside(name),
  };
  if (options.self === "exists") placeAncestors(tree, name);
  tree.set(name, node);
  return node;
}

function placeAncestors(tree: NameTree, name: NameKey): void {
  const parent = parentOf(name);
  if (parent !== "" && enclosingAuthority(tree, parent) !== null) placeEmpty(tree, parent);
  // Above a name that exists nothing is absent, outside the zone neither (RFC 8020 section 2).
  for (let up = parent; up !== ""; up = parentOf(up)) {
    const node = tree.get(up);
    if (node?.self === "absent") node.self = "exists";
  }
}

/** The authority of the nearest local subtree at or above a name; null outside all of them. */
function enclosingAuthority(tree: NameTree, name: NameKey): Authority | null {
  for (let up = name; up !== ""; up = parentOf(up)) {
    const node = tree.get(up);
    if (node?.below === "local") return node.authority;
  }
  return null;
}
