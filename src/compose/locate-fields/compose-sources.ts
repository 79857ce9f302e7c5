import { dirname, resolve } from "node:path";
import { type Alias, isAlias, isNode, LineCounter, type Node, parseAllDocuments, visit } from "yaml";
import { readSourceFile } from "../read-source-file.ts";
import { elementsOf, findField, keysOf, textAt, type YamlDocument } from "./yaml-fields.ts";

/** A document as a layer of the project. */
export interface ComposeDocument extends YamlDocument {
  /** What its relative paths start from. */
  directory: string;
}

/** The texts a project is made of. */
export interface ComposeSources {
  /** The files given and those they include; what wins when they are merged goes first. */
  layers: readonly ComposeDocument[];
  /** The documents of a file that a service is extended from, the last one first. */
  extendedFrom(path: string): readonly ComposeDocument[];
}

/** Where a service takes its fields from: a service of the same document, or of another file. */
export interface Extension {
  service: string;
  /** Absolute. */
  file: string | null;
}

interface Reader {
  parsed: Map<string, YamlDocument[]>;
  layers: Map<string, ComposeDocument[]>;
  extended: Map<string, ComposeDocument[]>;
}

/** Files that include each other end here at the latest. */
const maxFiles = 1_000;

/**
 * Reads Compose files with all that they include and extend, each once. What cannot be read, is no YAML, or has a path with a variable in it adds nothing.
 * @param files absolute, in the order in which they are merged; the first one's directory is the project's.
 */
export async function readComposeSources(files: readonly string[]): Promise<ComposeSources> {
  const reader: Reader = { parsed: new Map(), layers: new Map(), extended: new Map() };
  const directory = dirname(files[0] ?? ".");
  const layers: ComposeDocument[] = [];
  for (const file of files.toReversed()) layers.push(...(await readLayers(reader, file, directory)));
  return { layers, extendedFrom: (path) => reader.extended.get(path) ?? [] };
}

/** A file's documents, each followed by those it includes, over which it wins. A file that came before adds nothing new. */
async function readLayers(reader: Reader, file: string, directory: string): Promise<ComposeDocument[]> {
  const key = JSON.stringify([file, directory]);
  if (reader.layers.has(key)) return [];
  const documents = (await parseFile(reader, file)).map((document) => ({ ...document, directory }));
  reader.layers.set(key, documents);
  const layers: ComposeDocument[] = [];
  for (const document of documents) {
    layers.push(document);
    await readExtended(reader, document);
    for (const include of includesOf(document).toReversed()) {
      for (const path of include.paths.toReversed())
        layers.push(...(await readLayers(reader, path, include.directory)));
    }
  }
  return layers;
}

/** The paths of an entry belong together; the first decides where relative paths in all of them start from. */
function includesOf(document: ComposeDocument): { paths: string[]; directory: string }[] {
  const include = findField(document, document.root, "include")?.value ?? null;
  return elementsOf(document, include).flatMap((entry) => {
    const path = findField(document, entry, "path")?.value ?? (textAt(document, entry) === null ? null : entry);
    const paths = elementsOf(document, path).flatMap((item) => toPath(document, item) ?? []);
    const [first] = paths;
    if (first === undefined) return [];
    const own = findField(document, entry, "project_directory")?.value ?? null;
    return [{ paths, directory: toPath(document, own) ?? dirname(first) }];
  });
}

async function readExtended(reader: Reader, document: ComposeDocument): Promise<void> {
  const services = findField(document, document.root, "services")?.value ?? null;
  for (const service of keysOf(document, services)) {
    const file = extensionOf(document, findField(document, services, service)?.value ?? null)?.file ?? null;
    if (file === null || reader.extended.has(file)) continue;
    const documents = (await parseFile(reader, file)).map((found) => ({ ...found, directory: dirname(file) }));
    reader.extended.set(file, documents);
    for (const extended of documents) await readExtended(reader, extended);
  }
}

/** Reads `extends` of a service; null when it extends none, or one of a file that only a variable names. */
export function extensionOf(document: ComposeDocument, service: Node | null): Extension | null {
  const value = findField(document, service, "extends")?.value ?? null;
  const base = textAt(document, value) ?? textAt(document, findField(document, value, "service")?.value ?? null);
  if (base === null) return null;
  const given = findField(document, value, "file")?.value ?? null;
  const file = toPath(document, given);
  return given !== null && file === null ? null : { service: base, file };
}

/** Variables are for Compose to replace, and an escaped `$` is too rare in a path to tell it from one. */
function toPath(document: ComposeDocument, node: Node | null): string | null {
  const text = textAt(document, node);
  return text === null || text === "" || text.includes("$") ? null : resolve(document.directory, text);
}

async function parseFile({ parsed }: Reader, file: string): Promise<YamlDocument[]> {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const text = parsed.size < maxFiles ? await readSourceFile(file) : null;
  const documents = text === null ? [] : parseDocuments(file, text);
  parsed.set(file, documents);
  return documents;
}

/** The documents of a file, the last one first as it wins over those before it. */
function parseDocuments(file: string, text: string): YamlDocument[] {
  const lineCounter = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter, logLevel: "silent" })];
  return documents.toReversed().map(({ contents }) => {
    const root = isNode(contents) ? contents : null;
    return { file, root, lineCounter, targets: aliasTargets(root) };
  });
}

/** An alias stands for the last node before it that has its anchor (YAML 1.2.2 section 7.1). */
function aliasTargets(root: Node | null): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(root, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    },
  });
  return targets;
}
