/** A tag of Compose's own that says how a value merges: `!override` replaces what is there, `!reset` removes it. */
export interface Tagged {
  tag: "!override" | "!reset";
  value: YamlValue;
}
export type YamlMapping = ReadonlyMap<string, YamlValue>;
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlMapping | Tagged;

/** Says that `value` takes the place of what the files before say. */
export function override(value: YamlValue): Tagged {
  return { tag: "!override", value };
}

/** Says that nothing is left of what the files before say. */
export function reset(value: null | readonly never[] = null): Tagged {
  return { tag: "!reset", value };
}

/** Makes a mapping whose keys keep the order given. */
export function mapping(entries: Readonly<Record<string, YamlValue>>): YamlMapping {
  return new Map(Object.entries(entries));
}

/**
 * Writes block YAML in which every key and text is a JSON string: each is a valid YAML scalar that no rule of YAML's (numbers, `yes`, dates) can
 * read as anything else. Mappings keep their order.
 */
export function renderYaml(document: YamlMapping): string {
  return `${renderMapping(document, "")}\n`;
}

function renderMapping(value: YamlMapping, indent: string): string {
  return [...value].map(([key, item]) => `${indent}${quote(key)}:${renderItem(item, indent)}`).join("\n");
}

function renderList(value: readonly YamlValue[], indent: string): string {
  return value.map((item) => `${indent}-${renderItem(item, indent)}`).join("\n");
}

/** What follows the colon of a key or the dash of a list item, with its leading space or newline. */
function renderItem(value: YamlValue, indent: string): string {
  if (isTagged(value)) return ` ${value.tag}${renderItem(value.value, indent)}`;
  const inner = `${indent}  `;
  if (isList(value)) return value.length === 0 ? " []" : `\n${renderList(value, inner)}`;
  if (value instanceof Map) return value.size === 0 ? " {}" : `\n${renderMapping(value, inner)}`;
  return ` ${typeof value === "string" ? quote(value) : String(value)}`;
}

function isTagged(value: YamlValue): value is Tagged {
  return typeof value === "object" && value !== null && "tag" in value;
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** JSON leaves some characters as they are that YAML readers refuse or take for line breaks. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
