/**
 * Reads a field that Compose writes as one text or as a list of them; numbers count as texts, other elements are left out.
 * @param value of a field the model keeps as it came.
 */
export function toTexts(value: unknown): string[] {
  const elements: unknown[] = Array.isArray(value) ? value : [value];
  return elements.filter((element) => typeof element === "string" || typeof element === "number").map(String);
}

/** Reads a field that Compose writes as a mapping or as a list of `KEY=value`; what has no value has an empty one. */
export function toPairs(value: unknown): [string, string][] {
  if (Array.isArray(value)) {
    return toTexts(value).map((text) => {
      const end = text.indexOf("=");
      return end === -1 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
    });
  }
  return toEntries(value).map(([key, item]) => [key, toTexts(item).join(",")]);
}

/** The entries of a mapping; none when it is something else. */
export function toEntries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Whether a field says yes, which is a text where variables are not replaced. */
export function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

/** "a", "a and b", "a, b and c". */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
