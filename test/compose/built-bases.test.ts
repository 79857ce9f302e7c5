import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { baseImagesOf, readDockerfiles } from "../../src/compose/built-bases.ts";
import { readingOf } from "./model-builder.ts";

const build = { context: "/copy" };

const cases: { behaviour: string; build: object; dockerfile: string; expected: string[] }[] = [
  { behaviour: "what a Dockerfile starts from", build, dockerfile: "FROM app-base:dev\n", expected: ["app-base:dev"] },
  {
    behaviour: "what an argument of the build names",
    build: { ...build, args: { BASE: "app-base:dev" } },
    dockerfile: "ARG BASE\nFROM ${BASE}\n",
    expected: ["app-base:dev"],
  },
  {
    behaviour: "what a further context names",
    build: { ...build, additional_contexts: { base: "docker-image://app-base:dev" } },
    dockerfile: "FROM base\n",
    expected: ["app-base:dev"],
  },
  {
    behaviour: "nothing that a further context stands in for",
    build: { ...build, additional_contexts: { "app-base:dev": "service:base" } },
    dockerfile: "FROM app-base:dev\n",
    expected: [],
  },
  { behaviour: "nothing where there is no Dockerfile", build, dockerfile: "", expected: [] },
];
for (const { behaviour, build, dockerfile, expected } of cases) {
  test(`a build starts from ${behaviour}`, () => {
    const { base } = readingOf({ services: { app: { build } } });

    assert.deepEqual(baseImagesOf(base, new Map([["app", dockerfile]])).get("app"), expected);
  });
}

test("a service that is not built starts from nothing", () => {
  const { base } = readingOf({ services: { app: { image: "x" } } });

  assert.deepEqual(baseImagesOf(base, new Map()).get("app"), []);
});

test("reads Dockerfiles in the model, in the build's directory, and those it names there", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-dockerfiles-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "docker"));
  await writeFile(join(directory, "Dockerfile"), "FROM one");
  await writeFile(join(directory, "docker/two.Dockerfile"), "FROM two");
  const { base } = readingOf({
    services: {
      inline: { build: { context: directory, dockerfile_inline: "FROM inline$$\n" } },
      usual: { build: { context: directory } },
      named: { build: { context: directory, dockerfile: "docker/two.Dockerfile" } },
      aside: { build: { context: join(directory, "docker"), dockerfile: "../Dockerfile" } },
      outside: { build: { context: join(directory, "docker"), dockerfile: "/etc/passwd" } },
      missing: { build: { context: join(directory, "docker") } },
      remote: { build: { context: "https://example.test/repo.git" } },
      plain: { image: "x" },
    },
  });

  const texts = await readDockerfiles(base, directory);

  assert.deepEqual(
    [...texts].sort(([a], [b]) => a.localeCompare(b)),
    [
      ["aside", "FROM one"],
      ["inline", "FROM inline$\n"],
      ["named", "FROM two"],
      ["usual", "FROM one"],
    ],
  );
});
