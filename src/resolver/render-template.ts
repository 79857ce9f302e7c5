/** What replaces one setting of a template: the lines that begin with `start` give way to `lines`. */
export interface Setting {
  /** How the template's lines begin, indentation aside; all of them are neighbours. */
  start: string;
  /** The new lines, without indentation. */
  lines: readonly string[];
}

/**
 * Puts values into a template. A template has no marks: it is a valid file with the default values, and a setting is found by how its
 * line begins.
 * @throws Error when the template has no such line: the two have come apart.
 */
export function renderTemplate(template: string, settings: readonly Setting[]): string {
  return settings.reduce(replaceSetting, template);
}

function replaceSetting(text: string, setting: Setting): string {
  const lines = text.split("\n");
  const isSetting = (line: string) => line.trimStart().startsWith(setting.start);
  const first = lines.findIndex(isSetting);
  const firstLine = lines[first];
  if (firstLine === undefined)
    throw new Error(`template has no line that begins with ${JSON.stringify(setting.start)}`);
  const indentation = firstLine.slice(0, firstLine.length - firstLine.trimStart().length);
  const count = lines.slice(first).filter(isSetting).length;
  return lines.toSpliced(first, count, ...setting.lines.map((line) => indentation + line)).join("\n");
}
