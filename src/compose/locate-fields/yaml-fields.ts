import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from "yaml";

/** One YAML document of a Compose file, with what is needed to find one's way in it. */
export interface YamlDocument {
  /** Absolute path. */
  file: string;
  root: Node | null;
  lineCounter: LineCounter;
  /** What each alias stands for; one without an anchor is not in it. */
  targets: ReadonlyMap<Alias, Node>;
}

/** A field of a mapping, or an element of a list: the node that stands where it is said, and what it holds. */
export interface YamlField {
  place: Node;
  value: Node | null;
}

/** How well an element goes with a text: it is that (1), has it as a word of its own (2), or somewhere in it (3). */
export type Likeness = 1 | 2 | 3;

/**
 * Finds a key of a mapping, or the element of a list that says it (`KEY`, `KEY=value`). Where a merge (`<<`) brings it, it is where the anchor has it: that
 * is the text to change.
 */
export function findField(document: YamlDocument, node: Node | null, key: string): YamlField | null {
  const target = dereference(document, node);
  if (!isSeq(target)) return findKey(document, target, key, new Set());
  const element = findElement(document, target, key);
  return element?.likeness === 1 ? element : null;
}

/** Finds what a text names in the value of a field: a key of a mapping, or the element of a list that goes best with it. */
export function findElement(
  document: YamlDocument,
  node: Node | null,
  text: string,
): (YamlField & { likeness: Likeness }) | null {
  const target = dereference(document, node);
  if (!isSeq(target)) {
    const field = findKey(document, target, text, new Set());
    return field === null ? null : { ...field, likeness: 1 };
  }
  let best: (YamlField & { likeness: Likeness }) | null = null;
  for (const item of target.items) {
    if (!isNode(item)) continue;
    const value = dereference(document, item);
    const likeness = bestLikeness(textsOf(document, value), text);
    if (likeness !== null && (best === null || likeness < best.likeness)) best = { place: item, value, likeness };
  }
  return best;
}

/** The mapping's own keys go before those it merges, and of these the first (https://yaml.org/type/merge.html). */
function findKey(document: YamlDocument, node: Node | null, key: string, seen: Set<Node>): YamlField | null {
  // A mapping that merges itself, or one many times over, is looked into once.
  if (!isMap(node) || seen.has(node)) return null;
  seen.add(node);
  const pairs = node.items.flatMap((pair) => {
    const name = isNode(pair.key) ? textOf(dereference(document, pair.key)) : null;
    return name === null ? [] : [{ name, place: pair.key as Node, value: isNode(pair.value) ? pair.value : null }];
  });
  const own = pairs.find(({ name }) => name === key);
  if (own !== undefined) return { place: own.place, value: own.value };
  const merged = pairs.filter(({ name }) => name === "<<").map(({ value }) => dereference(document, value));
  for (const source of merged.flatMap((value) => (isSeq(value) ? value.items : [value]))) {
    const field = isNode(source) ? findKey(document, dereference(document, source), key, seen) : null;
    if (field !== null) return field;
  }
  return null;
}

/** The keys of a mapping, those that it merges left out. */
export function keysOf(document: YamlDocument, node: Node | null): string[] {
  const target = dereference(document, node);
  if (!isMap(target)) return [];
  return target.items.flatMap(({ key }) => (isNode(key) ? (textOf(dereference(document, key)) ?? []) : []));
}

/** The elements of a list; a single value counts as a list of it. */
export function elementsOf(document: YamlDocument, node: Node | null): Node[] {
  const target = dereference(document, node);
  return isSeq(target) ? target.items.filter(isNode) : target === null ? [] : [target];
}

/** The text of a scalar, a number as it is written; null for everything else. */
export function textAt(document: YamlDocument, node: Node | null): string | null {
  return textOf(dereference(document, node));
}

function dereference(document: YamlDocument, node: Node | null): Node | null {
  return isAlias(node) ? (document.targets.get(node) ?? null) : node;
}

function textOf(node: Node | null): string | null {
  if (!isScalar(node)) return null;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

/** Of an element in the long form, the text of each field. */
function textsOf(document: YamlDocument, element: Node | null): string[] {
  const values = isMap(element) ? element.items.map(({ value }) => (isNode(value) ? value : null)) : [element];
  return values.flatMap((value) => textAt(document, value) ?? []);
}

function bestLikeness(texts: readonly string[], wanted: string): Likeness | null {
  const found = texts.map((text) => likenessOf(text, wanted)).filter((likeness) => likeness !== null);
  return found.length === 0 ? null : (Math.min(...found) as Likeness);
}

function likenessOf(text: string, wanted: string): Likeness | null {
  if (text === wanted || text.startsWith(`${wanted}=`)) return 1;
  let likeness: Likeness | null = null;
  for (let start = text.indexOf(wanted); start !== -1 && wanted !== ""; start = text.indexOf(wanted, start + 1)) {
    const isWord = !isWordCharacter(text[start - 1]) && !isWordCharacter(text[start + wanted.length]);
    if (isWord) return 2;
    likeness = 3;
  }
  return likeness;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\w./-]/.test(character);
}
