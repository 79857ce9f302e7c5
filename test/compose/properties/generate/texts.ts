import fc from "fast-check";

/** Static addresses that services of a generated project may have, and other numbers that only look like them. */
export const staticAddresses = [
  "172.28.0.10",
  "172.28.0.11",
  "172.28.0.12",
  "172.28.0.13",
  "172.28.0.14",
  "10.224.201.11",
];

/** A text that Compose would take for a variable, or YAML for something else, were it not quoted; none has a `$` of its own meaning. */
export const awkwardText = fc.oneof(
  fc.constantFrom(
    "yes",
    "null",
    "~",
    "$$HOME",
    "$${HOME}",
    "a: b",
    "# no",
    "'",
    '"',
    "é",
    "0x1",
    "1e3",
    " ",
    "",
    "*a",
    "&a",
  ),
  fc.constantFrom(
    "!reset",
    "<<",
    "- a",
    "{}",
    "[",
    "a\nb",
    "a\\nb",
    "\t",
    "2001-01-01",
    "12:30",
    "ünï",
    "日本",
    "🐳",
    "\u0085",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll("$", "$$$$")),
);

/** A text in which the address of a service may stand, alone or with something around it. */
export const addressText = fc
  .tuple(
    fc.constantFrom("", "http://", "--peer=", "a,", "x=", "v"),
    fc.constantFrom(...staticAddresses, "2001:db8::11"),
    fc.constantFrom("", ":80/x", ",", ".", "0", ".1", "/32"),
  )
  .map((parts) => parts.join(""));

/** A reference to a variable of `.env`, of nothing, or of Compose's own. */
export const variableText = fc.constantFrom(
  "${TAG:-x}",
  "${TAG}",
  "$TAG-y",
  "${NONE:-}",
  "${COMPOSE_PROJECT_NAME}",
  "${COMPOSE_PROJECT_NAME}_front",
  "${PWD}/x",
  "${QUOTED}",
);

/** Names of networks as values may have them. */
const networkText = fc.constantFrom("everyones", "corp", "${COMPOSE_PROJECT_NAME}_front", "front", "everyones-not");

export const anyText = fc.oneof(
  { weight: 4, arbitrary: awkwardText },
  { weight: 2, arbitrary: addressText },
  { weight: 2, arbitrary: variableText },
  { weight: 1, arbitrary: networkText },
);

/** What a key-value field may hold, in either form it has in a file; a key without a value is for the mapping of environments. */
export function pairs(keys: readonly string[]): fc.Arbitrary<object> {
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 3 }),
      fc.array(anyText, { minLength: 3, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([chosen, texts, asList]) =>
      asList
        ? chosen.map((key, index) => `${key}=${texts[index]}`)
        : Object.fromEntries(chosen.map((key, index) => [key, texts[index]])),
    );
}

/** One of the values, or the field is left out. */
export function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}
