import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readKnownSecrets } from "../../src/compose/secret-sources.ts";

async function secretsOf(t: TestContext, files: Record<string, string>): Promise<Set<string>> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-secrets-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const composeFile = join(directory, "compose.yml");
  return (await readKnownSecrets({ projectDirectory: directory, files: [composeFile], env: {} })).secrets;
}

test("takes the contents of files of secrets and configs, whole and line by line", async (t) => {
  const secrets = await secretsOf(t, {
    "compose.yml": "secrets: {a: {file: ./a.txt}}\nconfigs: {b: {file: ./b.txt}}\n",
    "a.txt": "first-line\r\n  second-line\nab\n",
    "b.txt": "config-value\n",
  });

  for (const secret of ["first-line\r\n  second-line\nab", "first-line", "second-line", "config-value"]) {
    assert.ok(secrets.has(secret), secret);
  }
  assert.ok(!secrets.has("ab"));
});

test("takes nothing of what is no text, or very long", async (t) => {
  const secrets = await secretsOf(t, {
    "compose.yml": "secrets: {a: {file: a}, b: {file: b}}\n",
    a: "bin\0ary-content",
    b: "long-line\n".repeat(10_000),
  });

  assert.deepEqual(
    [...secrets].filter((secret) => secret !== ""),
    [],
  );
});

test("takes the values of a file that repeats an alias hundreds of times", async (t) => {
  const services = Array.from({ length: 300 }, (_, index) => `  s${index}: {<<: *common}\n`).join("");

  const secrets = await secretsOf(t, {
    "compose.yml": `x-common: &common {image: x, environment: {KEY: s3cret-value}}\nservices:\n${services}`,
  });

  assert.ok(secrets.has("s3cret-value"));
});
