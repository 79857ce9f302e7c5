/** YAML in flow style, of plain data. */
export function toFlow(value: unknown): string {
  // Characters that JSON leaves as they are and YAML readers refuse.
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** YAML of a document whose sections, and the entries of each, have lines of their own. `write` says how an entry of `services` is written. */
export function toLines(document: object, write: (service: unknown) => string = toFlow): string {
  const sections = Object.entries(document).map(([section, entries]) => {
    if (section !== "services") return `${toFlow(section)}: ${toFlow(entries)}`;
    const lines = Object.entries(entries as object).map(([name, service]) => `  ${toFlow(name)}: ${write(service)}`);
    return `services:${lines.length === 0 ? " {}" : `\n${lines.join("\n")}`}`;
  });
  return `${sections.join("\n")}\n`;
}
