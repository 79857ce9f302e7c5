import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { errorTable } from "../src/base/errors.ts";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));

/** The table of errors as README.md has it between its two markers. */
export function renderErrorTable(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { exitCode, summary }]) => `| \`${code}\` | ${exitCode} | ${summary} |`,
  );
  return ["| code | exit | meaning |", "|---|---|---|", ...rows].join("\n");
}

/** README text with the table brought up to date. */
export function withErrorTable(text: string): string {
  return text.replace(/(<!-- errors -->\n)[\s\S]*?(<!-- \/errors -->)/, `$1${renderErrorTable()}\n$2`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(readme, withErrorTable(await readFile(readme, "utf8")));
}
