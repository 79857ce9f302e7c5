import { readFile } from "node:fs/promises";
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
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
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
}

/** Path of the file inside a project. */
export const projectConfigPath = ".cilo/config.yml";

/**
 * Reads `.cilo/config.yml`; everything has its default where there is no such file.
 * @throws CILO_CONFIG_INVALID
 */
export async function readProjectConfig(projectDirectory: string): Promise<ProjectConfig> {
  const file = join(projectDirectory, projectConfigPath);
  try {
    return parseProjectConfig(await readFile(file, "utf8"), file);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return emptyConfig();
    throw error;
  }
}

function emptyConfig(): ProjectConfig {
  return { project: null, composeFiles: [], profiles: [], dnsSuffix: null, ingress: null };
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
  const problems =
    document.errors.length > 0
      ? document.errors.map(({ pos, message }): ConfigProblem => ({ offset: pos[0], text: message }))
      : readEntries(document.contents, (node) => toPlain(node, document), config);
  if (problems.length === 0) return config;
  const lines = problems
    .toSorted((a, b) => a.offset - b.offset)
    .map((problem) => {
      const { line, col } = lineCounter.linePos(problem.offset);
      return `${file}:${line}:${col}: ${problem.text}`;
    });
  throw new CiloError("CILO_CONFIG_INVALID", lines.join("\n"), {
    hint: `edit ${file}; the keys it may have are ${Object.keys(projectConfigRules).join(", ")}`,
    details: { problems: lines },
  });
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

/** What leads to itself by an alias, or to far too much, becomes text that no rule takes. */
function toPlain(node: Node | null, document: Document): unknown {
  try {
    const value: unknown = node?.toJS(document);
    JSON.stringify(value);
    return value;
  } catch (error) {
    if (error instanceof TypeError) return { "a value that contains itself": true };
    if (error instanceof ReferenceError) return { [messageOf(error)]: true };
    throw error;
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
