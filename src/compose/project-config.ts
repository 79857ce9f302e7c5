import { join } from "node:path";
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { CiloError, messageOf } from "../base/errors.ts";
import { readUserFile, toUnreadable } from "../base/read-user-file.ts";
import { type CopyOptions, defaultCopyOptions } from "./copy-options.ts";
import { type ConfigProblem, projectConfigRules } from "./project-config-rules.ts";

/** What `.cilo/config.yml` says of a project; it belongs to the user and is never written. */
export interface ProjectConfig {
  /** Name of the project; null: the directory's. */
  project: string | null;
  /** Relative to the project directory; empty: Compose's own rules. */
  composeFiles: string[];
  profiles: string[];
  /** Null: the installation's suffix. */
  dnsSuffix: string | null;
  /** Service that the apex answers with; null: chosen by the rules. */
  ingress: string | null;
  /** What the copies of the project keep and what they get for themselves. */
  copyOptions: CopyOptions;
  /** Where a key's value is, "/p/.cilo/config.yml:3:10", and that of an entry of its list: by "ingress", "profiles.0". */
  places: ReadonlyMap<string, string>;
}

/** Path of the file inside a project. */
export const projectConfigPath = ".cilo/config.yml";

/**
 * Reads `.cilo/config.yml`; everything has its default where there is no such file.
 * @throws CILO_CONFIG_INVALID, CILO_PERMISSION_DENIED
 */
export async function readProjectConfig(projectDirectory: string): Promise<ProjectConfig> {
  const file = join(projectDirectory, projectConfigPath);
  const reading = await readUserFile(file);
  if (reading.kind === "absent") return emptyConfig();
  if (reading.kind === "text") return parseProjectConfig(reading.text, file);
  const hint = `make it a file of settings, or move it away: mv '${file}' ELSEWHERE`;
  throw toUnreadable(file, reading.problem, { code: "CILO_CONFIG_INVALID", hint });
}

function emptyConfig(): ProjectConfig {
  return {
    project: null,
    composeFiles: [],
    profiles: [],
    dnsSuffix: null,
    ingress: null,
    copyOptions: { ...defaultCopyOptions },
    places: new Map(),
  };
}

/**
 * Parses the text of `.cilo/config.yml`.
 * @param file how the file is called in messages.
 * @throws CILO_CONFIG_INVALID that lists every problem as file:line:col with the value seen and what is allowed.
 */
export function parseProjectConfig(text: string, file: string): ProjectConfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const config = emptyConfig();
  const placeOf = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const problems =
    document.errors.length > 0
      ? problemsOfYaml(document, text)
      : readEntries(document.contents, (node) => toPlain(node, document), config);
  if (problems.length === 0) return { ...config, places: readPlaces(document.contents, placeOf) };
  const lines = problems
    .toSorted((a, b) => a.offset - b.offset)
    .map((problem) => `${placeOf(problem.offset)}: ${problem.text}`);
  throw new CiloError("CILO_CONFIG_INVALID", lines.join("\n"), {
    hint: `edit ${file}; the keys it may have are ${Object.keys(projectConfigRules).join(", ")}`,
    details: { problems: lines },
  });
}

/** In words of our own where the parser's are for programmers, or say less than there is to say. */
function problemsOfYaml({ errors }: Pick<Document, "errors">, text: string): ConfigProblem[] {
  const problems = errors.map(({ code, pos: [offset], message }): ConfigProblem => {
    if (code === "MULTIPLE_DOCS") return { offset, text: "the file holds a second document; it may have only one" };
    if (code === "RESOURCE_EXHAUSTION") return { offset: 0, text: "the file is nested too deeply" };
    if (code !== "DUPLICATE_KEY") return { offset, text: message };
    const key = /^[^\s:]+/.exec(text.slice(offset))?.[0] ?? "";
    return { offset, text: `the key ${key} is there twice` };
  });
  const isTooDeep = problems.find((_, index) => errors[index]?.code === "RESOURCE_EXHAUSTION");
  return isTooDeep === undefined ? problems : [isTooDeep];
}

function readEntries(
  contents: Node | null,
  toJs: (node: Node | null) => unknown,
  config: ProjectConfig,
): ConfigProblem[] {
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) {
    return [
      { offset: offsetOf(contents), text: `the file holds ${JSON.stringify(toJs(contents))}, not keys with values` },
    ];
  }
  return (contents as YAMLMap<Node, Node | null>).items.flatMap(({ key, value }) => {
    const name = String(toJs(key));
    const rule = Object.hasOwn(projectConfigRules, name)
      ? projectConfigRules[name as keyof typeof projectConfigRules]
      : undefined;
    if (rule === undefined) {
      const known = Object.keys(projectConfigRules).join(", ");
      return [{ offset: offsetOf(key), text: `unknown key ${JSON.stringify(name)}, allowed are ${known}` }];
    }
    return rule(toJs(value), config).map(({ text, index }) => {
      const item = index !== null && isSeq(value) ? value.items[index] : null;
      return { offset: offsetOf(isNode(item) ? item : (value ?? key)), text: `${name} ${text}` };
    });
  });
}

/** Only of a file without problems, whose keys are known texts. */
function readPlaces(contents: Node | null, placeOf: (offset: number) => string): Map<string, string> {
  const places = new Map<string, string>();
  if (!isMap(contents)) return places;
  for (const { key, value } of (contents as YAMLMap<Node, Node | null>).items) {
    const name = isScalar(key) ? String(key.value) : "";
    places.set(name, placeOf(offsetOf(value ?? key)));
    const items = isSeq(value) ? value.items : [];
    for (const [index, item] of items.entries()) {
      if (isNode(item)) places.set(`${name}.${index}`, placeOf(offsetOf(item)));
    }
  }
  return places;
}

/** What leads to itself by an alias, or to far too much, becomes text that no rule takes. */
function toPlain(node: Node | null, document: Document): unknown {
  try {
    const value: unknown = node?.toJS(document);
    JSON.stringify(value);
    return value;
  } catch (error) {
    if (error instanceof RangeError) return { "a value that is nested too deeply": true };
    if (error instanceof TypeError) return { "a value that contains itself": true };
    if (error instanceof ReferenceError) return { [messageOf(error)]: true };
    throw error;
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
