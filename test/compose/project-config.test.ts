import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { CiloError } from "../../src/base/errors.ts";
import { defaultCopyOptions } from "../../src/compose/copy-options.ts";
import { type ProjectConfig, parseProjectConfig, readProjectConfig } from "../../src/compose/project-config.ts";

const defaults: Omit<ProjectConfig, "places"> = {
  project: null,
  composeFiles: [],
  profiles: [],
  dnsSuffix: null,
  ingress: null,
  copyOptions: defaultCopyOptions,
};

/** What a text says, without where. */
function valuesOf(text: string): Omit<ProjectConfig, "places"> {
  const { places: _, ...values } = parseProjectConfig(text, "config.yml");
  return values;
}

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
  const config = valuesOf(
    `project: shop
compose_files:
  - compose.yaml
  - deploy/dev.yaml
profiles: [dev, "*"]
dns_suffix: dev.test
ingress: web
networks: preserve
host_network: convert
images: shared
keep_volumes: [data]
`,
  );

  assert.deepEqual(config, {
    project: "shop",
    composeFiles: ["compose.yaml", "deploy/dev.yaml"],
    profiles: ["dev", "*"],
    dnsSuffix: "dev.test",
    ingress: "web",
    copyOptions: {
      ...defaultCopyOptions,
      ...{ networks: "preserve", hostNetwork: "convert", images: "shared", keepVolumes: ["data"] },
    },
  });
});

test("knows where each value and each entry of a list is", () => {
  const { places } = parseProjectConfig("ingress: web\nprofiles:\n  - dev\n  - debug\nkeep_volumes:\n", "config.yml");

  assert.deepEqual(Object.fromEntries(places), {
    ingress: "config.yml:1:10",
    profiles: "config.yml:3:3",
    "profiles.0": "config.yml:3:5",
    "profiles.1": "config.yml:4:5",
    keep_volumes: "config.yml:5:14",
  });
});

for (const text of [
  "",
  "# nothing\n",
  "---\n",
  "project:\ncompose_files:\nprofiles: []\ndns_suffix: ~\ningress: null\n",
  "networks:\nhost_network: ~\nimages: null\nkeep_volumes: []\n",
]) {
  test(`gives ${JSON.stringify(text)} every default`, () => {
    assert.deepEqual(valuesOf(text), defaults);
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
  ["networks: keep\n", [/^config\.yml:1:11: networks is "keep", allowed are flatten and preserve$/]],
  ["host_network: true\n", [/^config\.yml:1:15: host_network is true, allowed are keep and convert$/]],
  ["images: [own]\n", [/^config\.yml:1:9: images is \["own"\], allowed are own and shared$/]],
  ["keep_volumes: data\n", [/^config\.yml:1:15: keep_volumes is "data", allowed is a list of texts$/]],
  ["- project\n", [/^config\.yml:1:1: the file holds \["project"\], not keys with values$/]],
  [
    "portz: 80\n",
    [
      /^config\.yml:1:1: unknown key "portz", allowed are project, compose_files, profiles, dns_suffix, ingress, networks, host_network, images, keep_volumes$/,
    ],
  ],
  ["constructor: 1\n", [/unknown key "constructor"/]],
  ["project: a\nproject: b\n", [/^config\.yml:2:1: the key project is there twice$/]],
  ["project: a\n---\nproject: b\n", [/^config\.yml:2:1: the file holds a second document; it may have only one$/]],
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

test("says that a text is nested too deeply, once", () => {
  assert.deepEqual(problemsOf(`project: ${"[".repeat(20_000)}`), ["config.yml:1:1: the file is nested too deeply"]);
});

const unusable: [what: string, make: (file: string) => Promise<unknown>, says: RegExp][] = [
  ["a directory", (file) => mkdir(file), /it is a directory, not a file$/],
  ["a named pipe", (file) => promisify(execFile)("mkfifo", [file]), /it is a named pipe, not a file$/],
  ["a link to itself", (file) => symlink(file, file), /it is a link that leads back to itself$/],
];

for (const [what, make, says] of unusable) {
  test(`refuses ${what} in the place of the file`, { timeout: 10_000 }, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "cilo-config-"));
    t.after(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, ".cilo"));
    await make(join(directory, ".cilo/config.yml"));

    await assert.rejects(readProjectConfig(directory), (error) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_CONFIG_INVALID");
      assert.match(error.message, says);
      return true;
    });
  });
}

test("reads the file of a project, and gives a project without one every default", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-config-"));
  t.after(() => rm(directory, { recursive: true }));

  const before = await readProjectConfig(directory);
  await mkdir(join(directory, ".cilo"));
  await writeFile(join(directory, ".cilo/config.yml"), "ingress: web\n");
  const after = await readProjectConfig(directory);

  assert.deepEqual(before, { ...defaults, places: new Map() });
  assert.equal(after.ingress, "web");
  assert.equal(after.places.get("ingress"), `${join(directory, ".cilo/config.yml")}:1:10`);
});
