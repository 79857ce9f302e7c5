import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { parseProjectConfig, readProjectConfig } from "../../src/compose/project-config.ts";

const defaults = { project: null, composeFiles: [], profiles: [], dnsSuffix: null, ingress: null };

function problemsOf(text: string): string[] {
  try {
    parseProjectConfig(text, "config.yml");
    return [];
  } catch (error) {
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_CONFIG_INVALID");
    assert.match(error.hint ?? "", /project, compose_files, profiles, dns_suffix, ingress/);
    return error.message.split("\n");
  }
}

test("reads every key", () => {
  const config = parseProjectConfig(
    `project: shop
compose_files:
  - compose.yaml
  - deploy/dev.yaml
profiles: [dev, "*"]
dns_suffix: dev.test
ingress: web
`,
    "config.yml",
  );

  assert.deepEqual(config, {
    project: "shop",
    composeFiles: ["compose.yaml", "deploy/dev.yaml"],
    profiles: ["dev", "*"],
    dnsSuffix: "dev.test",
    ingress: "web",
  });
});

for (const text of [
  "",
  "# nothing\n",
  "---\n",
  "project:\ncompose_files:\nprofiles: []\ndns_suffix: ~\ningress: null\n",
]) {
  test(`gives ${JSON.stringify(text)} every default`, () => {
    assert.deepEqual(parseProjectConfig(text, "config.yml"), defaults);
  });
}

test("reads an alias as what it stands for", () => {
  const config = parseProjectConfig("profiles: &both [a, b]\ncompose_files: *both\n", "config.yml");

  assert.deepEqual(config.composeFiles, ["a", "b"]);
});

const wrong: [string, RegExp[]][] = [
  ["project: Shop\n", [/^config\.yml:1:10: project is "Shop": project name "Shop" .*; use "shop"$/]],
  ["project: 7\n", [/^config\.yml:1:10: project is 7, allowed is a name$/]],
  [
    "compose_files: compose.yaml\n",
    [/^config\.yml:1:16: compose_files is "compose\.yaml", allowed is a list of texts$/],
  ],
  ["compose_files: [a.yaml, '']\n", [/^config\.yml:1:25: compose_files has "", which is no text/]],
  [
    "compose_files: [/etc/x.yaml]\n",
    [/compose_files has "\/etc\/x\.yaml", which is absolute, which every copy would share/],
  ],
  [
    "profiles:\n  - 3\n  - a b\n  - dev\n",
    [/^config\.yml:2:5: profiles has 3, which is no text/, /^config\.yml:3:5: profiles has "a b", which is no profile/],
  ],
  ["dns_suffix: Test.\n", [/dns_suffix is "Test\.", allowed are labels/]],
  ["ingress: [web]\n", [/^config\.yml:1:10: ingress is \["web"\], allowed is the name of a service$/]],
  ["- project\n", [/^config\.yml:1:1: the file holds \["project"\], not keys with values$/]],
  [
    "portz: 80\n",
    [/^config\.yml:1:1: unknown key "portz", allowed are project, compose_files, profiles, dns_suffix, ingress$/],
  ],
  ["constructor: 1\n", [/unknown key "constructor"/]],
  ["project: a\nproject: b\n", [/^config\.yml:2:1: Map keys must be unique/]],
  ["profiles: &a [*a]\n", [/^config\.yml:1:\d+: profiles is \{"a value that contains itself":true\}/]],
  ["project: &a {x: *a}\n", [/^config\.yml:1:\d+: project is \{"a value that contains itself":true\}/]],
  ["project: *nobody\n", [/^config\.yml:1:\d+: .*nobody/]],
  ["project: [a\n", [/^config\.yml:\d+:\d+: /]],
  [
    "# all at once\nproject: '-'\nportz: 80\nprofiles:\n  dev: true\n",
    [/^config\.yml:2:10: /, /^config\.yml:3:1: unknown key "portz"/, /^config\.yml:5:3: profiles is \{"dev":true\}/],
  ],
];

for (const [text, expected] of wrong) {
  test(`says where and what is wrong in ${JSON.stringify(text)}`, () => {
    const problems = problemsOf(text);

    assert.equal(problems.length, expected.length, problems.join("\n"));
    for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? "", pattern);
  });
}

test("reads the file of a project, and gives a project without one every default", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-config-"));
  t.after(() => rm(directory, { recursive: true }));

  const before = await readProjectConfig(directory);
  await mkdir(join(directory, ".cilo"));
  await writeFile(join(directory, ".cilo/config.yml"), "ingress: web\n");
  const after = await readProjectConfig(directory);

  assert.deepEqual(before, defaults);
  assert.deepEqual(after, { ...defaults, ingress: "web" });
});
