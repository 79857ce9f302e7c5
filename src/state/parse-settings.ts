import * as v from "valibot";
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { CiloError, messageOf } from "../base/errors.ts";
import type { Settings } from "./settings.ts";
import { type SettingRule, type SettingsChecks, settingsRules } from "./settings-rules.ts";

/** Something wrong in the file, by its offset in the text. */
interface Problem {
  offset: number;
  text: string;
}

interface Reading {
  document: Document;
  problems: Problem[];
}

/** How much of a value is shown, in characters: enough to find it by. */
const maxShownLength = 100;

/**
 * Parses the text of `$CILO_HOME/config.yml`.
 * @param source.file how the file is called in messages.
 * @throws CILO_CONFIG_INVALID that lists every problem as file:line:col with the value seen and what is allowed.
 */
export function parseSettings(text: string, { file, checks }: { file: string; checks: SettingsChecks }): Settings {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems = document.errors.map(({ pos, code, message }): Problem => {
    // The library's own words tell which of its functions to call.
    const text = code === "MULTIPLE_DOCS" ? "another document begins here, allowed is one" : message;
    return { offset: pos[0], text };
  });
  const rules = settingsRules(checks);
  const settings = problems.length > 0 ? null : readSections({ document, problems }, rules);
  if (settings !== null && problems.length === 0) return settings;
  const lines = problems
    .toSorted((a, b) => a.offset - b.offset)
    .map((problem) => {
      const { line, col } = lineCounter.linePos(problem.offset);
      return `${file}:${line}:${col}: ${problem.text}`;
    });
  throw new CiloError("CILO_CONFIG_INVALID", lines.join("\n"), {
    hint: `edit ${file}; it may have ${describeSections(rules)}`,
    details: { problems: lines },
  });
}

type Rules = ReturnType<typeof settingsRules>;

/** "dns with the keys port, address" and so on. */
function describeSections(rules: Rules): string {
  return Object.entries(rules)
    .map(([section, keys]) => `${section} with the keys ${[...keys.keys()].join(", ")}`)
    .join("; ");
}

function readSections(reading: Reading, rules: Rules): Settings {
  const settings: Settings = { dns: {}, network: {}, trash: {} };
  const keys = Object.keys(rules);
  for (const [key, node] of entriesOf(reading, reading.document.contents, { path: "the file", keys })) {
    const section = String(toJs(reading, key)) as keyof Settings;
    settings[section] = readSection(reading, { section, node, rules: rules[section] });
  }
  return settings;
}

function readSection(
  reading: Reading,
  { section, node, rules }: { section: string; node: Node | null; rules: ReadonlyMap<string, SettingRule> },
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of entriesOf(reading, node, { path: section, keys: [...rules.keys()] })) {
    const name = String(toJs(reading, key));
    const entry = rules.get(name);
    if (entry !== undefined) readValue(reading, { ...entry, path: `${section}.${name}`, key, node: value }, settings);
  }
  return settings;
}

/** The known keys of a map with their values; a map that is missing has none. */
function entriesOf(
  { document, problems }: Reading,
  node: Node | null,
  { path, keys }: { path: string; keys: readonly string[] },
): [Node, Node | null][] {
  if (node === null || (isScalar(node) && node.value === null)) return [];
  if (!isMap(node)) {
    const seen = show(toJs({ document, problems }, node));
    problems.push({ offset: offsetOf(node), text: `${path} is ${seen}, allowed are keys with values` });
    return [];
  }
  return (node.items as Pair<Node, Node | null>[]).flatMap(({ key, value }): [Node, Node | null][] => {
    const name = String(toJs({ document, problems }, key));
    if (keys.includes(name)) return [[key, value]];
    const text = `unknown key ${show(name)}, allowed are ${keys.join(", ")}`;
    problems.push({ offset: offsetOf(key), text });
    return [];
  });
}

interface Entry extends SettingRule {
  /** "dns.port" */
  path: string;
  key: Node;
  node: Node | null;
}

/** A key without a value has its default. */
function readValue(
  reading: Reading,
  { setting, path, rule, key, node }: Entry,
  settings: Record<string, unknown>,
): void {
  const value = toJs(reading, node);
  if (value === null || value === undefined) return;
  const parsed = v.safeParse(rule, value);
  if (parsed.success) {
    settings[setting] = parsed.output;
    return;
  }
  for (const issue of parsed.issues) {
    const index = issue.path?.[0]?.key;
    const item = typeof index === "number" && node !== null && "items" in node ? node.items[index] : undefined;
    const offset = offsetOf(isNode(item) ? item : (node ?? key));
    const verb = typeof index === "number" ? "has" : "is";
    reading.problems.push({ offset, text: `${path} ${verb} ${show(issue.input)}, ${issue.message}` });
  }
}

/** @returns undefined for what has no value: an alias to nothing, or to itself many times over. */
function toJs({ document, problems }: Reading, node: Node | null): unknown {
  if (node === null) return null;
  try {
    return node.toJS(document);
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    problems.push({ offset: offsetOf(node), text: messageOf(error) });
    return undefined;
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function show(value: unknown): string {
  const text = toJson(value);
  return text.length <= maxShownLength ? text : `${text.slice(0, maxShownLength)}...`;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (error) {
    // What JSON cannot say is what leads to itself, by an alias.
    if (error instanceof TypeError) return "a value that contains itself";
    throw error;
  }
}
