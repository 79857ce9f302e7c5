import * as v from "valibot";
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { CiloError, messageOf } from "../base/errors.ts";
import type { DnsSettings, Settings } from "./settings.ts";
import { dnsRules, type SettingsChecks } from "./settings-rules.ts";

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

/** All keys that may stand at the top. */
const topKeys = ["dns"];

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
  const settings = problems.length > 0 ? { dns: {} } : readTop({ document, problems }, checks);
  if (problems.length === 0) return settings;
  const lines = problems
    .toSorted((a, b) => a.offset - b.offset)
    .map((problem) => {
      const { line, col } = lineCounter.linePos(problem.offset);
      return `${file}:${line}:${col}: ${problem.text}`;
    });
  throw new CiloError("CILO_CONFIG_INVALID", lines.join("\n"), {
    hint: `edit ${file}; it may have dns with the keys ${Object.keys(dnsRules(checks)).join(", ")}`,
    details: { problems: lines },
  });
}

function readTop(reading: Reading, checks: SettingsChecks): Settings {
  const dns: Record<string, unknown> = {};
  const rules: Record<string, v.GenericSchema> = dnsRules(checks);
  for (const [key, value] of entriesOf(reading, reading.document.contents, { path: "the file", keys: topKeys })) {
    const path = String(toJs(reading, key));
    for (const [inner, node] of entriesOf(reading, value, { path, keys: Object.keys(rules) })) {
      const name = String(toJs(reading, inner));
      const rule = rules[name];
      if (rule !== undefined) readValue(reading, { name, path: `${path}.${name}`, rule, key: inner, node }, dns);
    }
  }
  return { dns: dns as DnsSettings };
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

interface Entry {
  name: string;
  /** "dns.port" */
  path: string;
  rule: v.GenericSchema;
  key: Node;
  node: Node | null;
}

/** A key without a value has its default. */
function readValue(reading: Reading, { name, path, rule, key, node }: Entry, settings: Record<string, unknown>): void {
  const value = toJs(reading, node);
  if (value === null || value === undefined) return;
  const parsed = v.safeParse(rule, value);
  if (parsed.success) {
    settings[name] = parsed.output;
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
