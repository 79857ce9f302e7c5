import type { Node } from "yaml";
import {
  type ComposeDocument,
  type ComposeSources,
  extensionOf,
  readComposeSources,
} from "./locate-fields/compose-sources.ts";
import { findElement, findField, type YamlDocument } from "./locate-fields/yaml-fields.ts";

/** A place in a file of the user's; line and column count from 1. */
export interface FieldLocation {
  /** Absolute path. */
  file: string;
  line: number;
  column: number;
}

/** What is looked for: the keys that lead to it, and a text the element meant has. */
export interface WantedField {
  path: readonly string[];
  item?: string;
}

/** Where a document says a part of what is wanted. */
interface Candidate {
  location: FieldLocation;
  /** How many keys of the path it has. */
  depth: number;
  /** How well the element goes with the item: 1 best, `unlike` when there is none; 0 when none is wanted. */
  likeness: number;
  /** Whether it takes the place of what the documents before it say. */
  replaces: boolean;
}

const unlike = 4;
/** A section alone ("services") says nothing of one of its members. */
const minDepth = 2;
/** Tags of Compose's that leave nothing of what is merged before. */
const replacingTags = new Set(["!override", "!reset"]);
/** Fields of a service whose entries can come from a file that another field names. */
const fileFields = new Map([
  ["environment", "env_file"],
  ["labels", "label_file"],
]);

/**
 * Finds where the user's files say fields of the model; included and extended files are looked into. Of several files that say it, the last one merged is
 * given; where none says the field itself, what is around it: its parent, at the least the service, network or volume it belongs to.
 * @param files absolute, in the order in which they are merged.
 * @returns one entry for each wanted; null: nowhere found. Never throws for what is in the files.
 */
export async function locateFields(
  files: readonly string[],
  wanted: readonly WantedField[],
): Promise<(FieldLocation | null)[]> {
  if (wanted.length === 0) return [];
  const sources = await readComposeSources(files);
  return wanted.map((field) => locate(sources, field));
}

function locate(sources: ComposeSources, wanted: WantedField): FieldLocation | null {
  const best = bestOf(sources, wanted);
  const [section, name = "", field = ""] = wanted.path;
  const isWhole = best?.depth === wanted.path.length && best.likeness !== unlike;
  const fileField = section === "services" ? fileFields.get(field) : undefined;
  if (isWhole || fileField === undefined) return best?.location ?? null;
  const named = bestOf(sources, { path: ["services", name, fileField] });
  return (named?.depth === 3 ? named : best)?.location ?? null;
}

/** What says most of the path, then what goes best with the item, then what wins when the files are merged. */
function bestOf(sources: ComposeSources, wanted: WantedField): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of candidatesOf(sources, wanted)) {
    const isBetter =
      best === null ||
      candidate.depth > best.depth ||
      (candidate.depth === best.depth && candidate.likeness < best.likeness);
    if (isBetter) best = candidate;
    if (candidate.replaces) break;
  }
  return best !== null && best.depth >= Math.min(minDepth, wanted.path.length) ? best : null;
}

function* candidatesOf(sources: ComposeSources, wanted: WantedField): Generator<Candidate> {
  for (const layer of sources.layers) {
    const candidate = findIn(layer, wanted);
    if (candidate !== null) yield candidate;
    yield* extendedCandidates(sources, layer, wanted);
  }
}

/** What the service is extended from, from the nearest on. */
function* extendedCandidates(
  sources: ComposeSources,
  layer: ComposeDocument,
  wanted: WantedField,
): Generator<Candidate> {
  const [section, name, ...rest] = wanted.path;
  if (section !== "services" || name === undefined) return;
  const seen = new Set<string>();
  const waiting = [{ document: layer, service: name }];
  for (const { document, service } of waiting) {
    const services = findField(document, document.root, "services")?.value ?? null;
    const extension = extensionOf(document, findField(document, services, service)?.value ?? null);
    if (extension === null) continue;
    const key = JSON.stringify([extension.file ?? document.file, extension.service]);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const base of extension.file === null ? [document] : sources.extendedFrom(extension.file)) {
      waiting.push({ document: base, service: extension.service });
      const candidate = findIn(base, { ...wanted, path: ["services", extension.service, ...rest] });
      if (candidate !== null) yield candidate;
    }
  }
}

function findIn(document: YamlDocument, { path, item }: WantedField): Candidate | null {
  let place: Node | null = null;
  let value = document.root;
  let depth = 0;
  let replaces = false;
  for (const key of path) {
    const field = findField(document, value, key);
    if (field === null) break;
    ({ place, value } = field);
    depth += 1;
    replaces ||= replacingTags.has(value?.tag ?? "");
  }
  if (place === null) return null;
  if (item === undefined) return { location: locationOf(document, place), depth, likeness: 0, replaces };
  const element = depth === path.length ? findElement(document, value, item) : null;
  const location = locationOf(document, element?.place ?? place);
  return { location, depth, likeness: element?.likeness ?? unlike, replaces };
}

function locationOf({ file, lineCounter }: YamlDocument, place: Node): FieldLocation {
  const { line, col } = lineCounter.linePos(place.range?.[0] ?? 0);
  return { file, line, column: col };
}
