import { type Document, isAlias, isCollection, isNode, isPair } from "yaml";

/** How much a YAML text says once its aliases are replaced by what they stand for. */
export interface YamlMeasure {
  /** Scalars and collections. */
  nodes: number;
  /** Collections in each other. */
  depth: number;
}

/** Measures a document in one pass, however often aliases repeat what they stand for; what the parser gave up on counts as endlessly deep. */
export function measureYaml({ contents, errors }: Pick<Document, "contents" | "errors">): YamlMeasure {
  if (errors.some(({ code }) => code === "RESOURCE_EXHAUSTION")) {
    return { nodes: 1, depth: Number.POSITIVE_INFINITY };
  }
  return measure(contents, new Map());
}

/** @param anchors what was seen so far; an alias inside its own anchor finds nothing. */
function measure(value: unknown, anchors: Map<string, YamlMeasure>): YamlMeasure {
  if (isAlias(value)) return anchors.get(value.source) ?? { nodes: 1, depth: 0 };
  if (isPair(value)) return together([value.key, value.value].map((part) => measure(part, anchors)));
  const inner = isCollection(value) ? together(value.items.map((item) => measure(item, anchors))) : null;
  const found = inner === null ? { nodes: 1, depth: 0 } : { nodes: inner.nodes + 1, depth: inner.depth + 1 };
  if (isNode(value) && "anchor" in value && typeof value.anchor === "string") anchors.set(value.anchor, found);
  return found;
}

function together(parts: readonly YamlMeasure[]): YamlMeasure {
  return parts.reduce((sum, { nodes, depth }) => ({ nodes: sum.nodes + nodes, depth: Math.max(sum.depth, depth) }), {
    nodes: 0,
    depth: 0,
  });
}
