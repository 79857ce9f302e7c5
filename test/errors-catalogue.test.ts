import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withErrorTable } from "../scripts/readme-errors.ts";
import { errorTable } from "../src/base/errors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

async function readSources(): Promise<string> {
  const folders = ["src", "scripts"];
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(root + folder, { recursive: true })).map((file) => `${folder}/${file}`),
    ),
  );
  const files = [...found.flat().filter((file) => file.endsWith(".ts")), "bin/cilo.cjs"];
  const texts = await Promise.all(
    files.filter((file) => file !== "src/base/errors.ts").map((file) => readFile(`${root}${file}`, "utf8")),
  );
  return texts.join("\n");
}

test("README lists every error, its exit code and its meaning", async () => {
  const readme = await readFile(`${root}README.md`, "utf8");

  assert.equal(readme, withErrorTable(readme), 'README is behind the table: run "node scripts/readme-errors.ts"');
});

test("every code of the table is used, and every code used is in the table", async () => {
  const used = new Set((await readSources()).match(/\bCILO_[A-Z_]+\b/g));
  // Names of environment variables, not of errors.
  const variables = ["CILO_HOME", "CILO_DNS_PORT"];

  const unused = Object.keys(errorTable).filter((code) => !used.has(code));
  const unknown = [...used].filter((code) => !(code in errorTable) && !variables.includes(code));

  assert.deepEqual({ unused, unknown }, { unused: [], unknown: [] });
});

test("messages begin in lower case and do not say error; hints are not sentences in themselves", async () => {
  const sources = await readSources();
  const messages = [...sources.matchAll(/new CiloError\(\s*"(CILO_[A-Z_]+)",\s*(["`])((?:(?!\2)[\s\S])*)\2/g)];

  assert.ok(messages.length > 40, `only ${messages.length} messages found`);
  for (const [, code, , text = ""] of messages) {
    const message = text.replace(/\$\{[^}]*\}/g, "…");
    assert.doesNotMatch(message, /^[A-Z][a-z]+ [a-z]/, `${code}: ${message}`);
    assert.doesNotMatch(message, /\berror\b/i, `${code}: ${message}`);
    assert.doesNotMatch(message, /\.$/, `${code}: ${message}`);
  }
});
