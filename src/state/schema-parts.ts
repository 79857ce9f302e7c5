import * as v from "valibot";

/** A JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with any keys, all of them parsed: valibot's own record passes over a service that is called "constructor". */
export function recordOf<T>(valueSchema: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, "expected an object"),
    v.rawTransform(({ dataset, addIssue, NEVER }): Record<string, T> => {
      const entries: [string, T][] = [];
      for (const [key, value] of Object.entries(dataset.value)) {
        const result = v.safeParse(valueSchema, value);
        if (result.success) entries.push([key, result.output]);
        const item: v.ObjectPathItem = { type: "object", origin: "value", input: dataset.value, key, value };
        for (const issue of result.issues ?? []) {
          addIssue({ message: describeIssue(issue), path: [item, ...(issue.path ?? [])] });
        }
      }
      return entries.length === Object.keys(dataset.value).length ? Object.fromEntries(entries) : NEVER;
    }),
  );
}

/** A string of one form; `expected` says which: "expected a CIDR". */
export function textOf(pattern: RegExp, expected: string) {
  return v.pipe(v.string(), v.regex(pattern, expected));
}

/** One line for each problem valibot found, with the path of the field and the value seen. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string[] {
  return issues.map((issue) => `${formatPath(issue)}: ${describeIssue(issue)}`);
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "custom" || issue.type === "raw_transform") return issue.message;
  const missing = issue.input === undefined;
  if (issue.kind === "schema") return missing ? "is missing" : `expected ${issue.expected} but is ${issue.received}`;
  const value = JSON.stringify(issue.input) ?? "";
  return `${issue.message} but is ${value.length > 60 ? `${value.slice(0, 60)}...` : value}`;
}

function formatPath(issue: v.BaseIssue<unknown>): string {
  const parts = (issue.path ?? []).map(({ key }, index) => {
    if (typeof key === "number") return `[${key}]`;
    const text = String(key);
    return /^\w+$/.test(text) ? `${index === 0 ? "" : "."}${text}` : `[${JSON.stringify(text)}]`;
  });
  return parts.length === 0 ? "the file" : parts.join("");
}
