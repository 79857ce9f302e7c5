import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { CiloError } from "../../src/base/errors.ts";
import { resolveComposeFiles } from "../../src/compose/files.ts";

const service = "services: {web: {image: web}}\n";

/** A project's directory with these files; a text of null stands for a named pipe. */
async function projectWith(t: TestContext, files: Record<string, string | null>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-sources-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await (text === null ? promisify(execFile)("mkfifo", [path]) : writeFile(path, text));
  }
  return directory;
}

function resolveIn(directory: string, env: NodeJS.ProcessEnv = {}, configured: string[] = []) {
  return resolveComposeFiles({ projectDirectory: directory, workspaceRoot: directory, configured, env });
}

/** `levels` lists of nine aliases of the one before. */
function bombOf(levels: number): string {
  const lines = Array.from({ length: levels }, (_, level) => {
    const item = level === 0 ? "x" : `*a${level - 1}`;
    return `x-${level}: &a${level} [${Array.from({ length: 9 }, () => item).join(", ")}]\n`;
  });
  return service + lines.join("");
}

const deep = (levels: number) => `${service}x-a: ${"[".repeat(levels)}${"]".repeat(levels)}\n`;
const large = `${service}${"#".repeat(5_000_000)}\n`;

const refused: [what: string, files: Record<string, string | null>, message: RegExp][] = [
  ["a Compose file that is a named pipe", { "compose.yml": null }, /compose\.yml: it is a named pipe/],
  ["an env file that is one", { "compose.yml": service, ".env": null }, /\.env: it is a named pipe/],
  [
    "an env file of a service that is one",
    { "compose.yml": "services: {web: {image: x, env_file: [a.env]}}", "a.env": null },
    /a\.env: it is a named pipe/,
  ],
  ["an included file that is one", { "compose.yml": "include: [b.yml]", "b.yml": null }, /b\.yml: it is a named pipe/],
  [
    "an env file of an included file that is one",
    { "compose.yml": "include: [b.yml]", "b.yml": "services: {a: {env_file: a.env}}", "a.env": null },
    /a\.env: it is a named pipe/,
  ],
  ["a Compose file that is very large", { "compose.yml": large }, /compose\.yml: it is larger than 4 MiB/],
  [
    "an env file that is very large",
    { "compose.yml": service, ".env": `A=${"b".repeat(5_000_000)}` },
    /\.env: it is larger than 4 MiB/,
  ],
  ["a Compose file that is nested deeply", { "compose.yml": deep(400) }, /nested too deeply, more than 300 levels/],
  ["one that is nested beyond what can be parsed", { "compose.yml": deep(20_000) }, /nested too deeply/],
  ["one whose aliases stand for millions of values", { "compose.yml": bombOf(8) }, /aliases stand for too much/],
];

for (const [what, files, message] of refused) {
  test(`refuses ${what}, before Compose is asked`, { timeout: 20_000 }, async (t) => {
    const directory = await projectWith(t, files);

    await assert.rejects(resolveIn(directory), (error) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_COMPOSE_INVALID");
      assert.match(error.message, message);
      assert.notEqual(error.hint, null);
      return true;
    });
  });
}

for (const [what, text] of [
  ["deep", deep(250)],
  ["full of aliases", bombOf(4)],
  ["without the files it names", "include: [none.yml]\nservices: {web: {image: x, env_file: none.env}}"],
  ["no YAML", "services: [*none"],
  ["includes itself", "include: [compose.yml]\nservices: {web: {image: x}}"],
] as const) {
  test(`leaves a file that is ${what} to Compose to judge`, async (t) => {
    const directory = await projectWith(t, { "compose.yml": text });

    assert.deepEqual((await resolveIn(directory)).files, [join(directory, "compose.yml")]);
  });
}

for (const [what, name, message] of [
  ["a link to itself", "loop.yml", /loop\.yml: it is a link that leads back to itself/],
  ["a name that is too long", "a".repeat(300), /longer name than a file can have/],
  ["a name with a NUL byte", "a\0b", /NUL byte/],
] as const) {
  test(`refuses ${what} where a Compose file is asked for`, async (t) => {
    const directory = await projectWith(t, {});
    await symlink("loop.yml", join(directory, "loop.yml"));

    for (const asked of [resolveIn(directory, {}, [name]), resolveIn(directory, { COMPOSE_FILE: name })]) {
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof CiloError);
        assert.equal(error.code, "CILO_COMPOSE_INVALID");
        assert.match(error.message, message);
        return true;
      });
    }
  });
}
