/** Where a text stops being JSON. Line and column count from 1; the column is in UTF-16 units. */
export interface JsonProblem {
  line: number;
  column: number;
  /** What is there: `unexpected "}"`. */
  message: string;
}

type Expected = "value" | "value or ]" | "key" | "key or }" | ":" | ", or end";

const whitespacePattern = /[ \t\r\n]*/y;
/** RFC 8259: a string, a number, a literal name or one structural character. Sections 6 and 7 say what they are made of. */
const tokenPattern =
  /"(?:[\u0020\u0021\u0023-\u005b\u005d-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null|[{}[\],:]/y;

/**
 * Finds the first place where a text is not JSON, which JSON.parse does not always say.
 * @returns null when it is JSON.
 */
export function findJsonProblem(text: string): JsonProblem | null {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let position = 0;
  for (;;) {
    position = endOfMatch(whitespacePattern, text, position) ?? position;
    const end = endOfMatch(tokenPattern, text, position);
    const token = end === null ? null : text.slice(position, end);
    if (token === null && position === text.length && expected === ", or end" && open.length === 0) return null;
    const next: Expected | null = token === null ? null : step(token, expected, open);
    if (next === null || end === null) return describe(text, position);
    expected = next;
    position = end;
  }
}

function endOfMatch(pattern: RegExp, text: string, position: number): number | null {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** What may follow `token`, or null when it may not stand where it does. Keeps `open`, the brackets not yet closed. */
function step(token: string, expected: Expected, open: ("{" | "[")[]): Expected | null {
  switch (expected) {
    case "key or }":
    case "key":
      if (token.startsWith('"')) return ":";
      return token === "}" && expected === "key or }" ? close(open) : null;
    case ":":
      return token === ":" ? "value" : null;
    case ", or end":
      if (token === (open.at(-1) === "{" ? "}" : "]") && open.length > 0) return close(open);
      if (token !== "," || open.length === 0) return null;
      return open.at(-1) === "{" ? "key" : "value";
    default:
      if (token === "]" && expected === "value or ]") return close(open);
      return startValue(token, open);
  }
}

function startValue(token: string, open: ("{" | "[")[]): Expected | null {
  if (token === "{" || token === "[") {
    open.push(token);
    return token === "{" ? "key or }" : "value or ]";
  }
  return /^[}\],:]/.test(token) ? null : ", or end";
}

function close(open: ("{" | "[")[]): Expected {
  open.pop();
  return ", or end";
}

function describe(text: string, position: number): JsonProblem {
  const before = text.slice(0, position).split("\n");
  const character = [...text.slice(position, position + 2)][0];
  return {
    line: before.length,
    column: (before.at(-1) ?? "").length + 1,
    message: character === undefined ? "the text ends too early" : `unexpected ${JSON.stringify(character)}`,
  };
}
