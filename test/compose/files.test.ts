import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { resolveComposeFiles } from "../../src/compose/files.ts";

/** A workspace with these files, each given as its path and, where it matters, its text. */
async function workspaceWith(t: TestContext, files: Record<string, string>): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "cilo-files-")));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, "app"), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

interface Case {
  behaviour: string;
  files: Record<string, string>;
  configured?: string[];
  env?: NodeJS.ProcessEnv;
  found: string[];
  envFiles?: string[];
}

const cases: Case[] = [
  {
    behaviour: "compose.yaml goes before every other default name",
    files: { "app/docker-compose.yml": "", "app/compose.yml": "", "app/compose.yaml": "" },
    found: ["app/compose.yaml"],
  },
  {
    behaviour: "docker-compose.yml goes before docker-compose.yaml",
    files: { "app/docker-compose.yaml": "", "app/docker-compose.yml": "" },
    found: ["app/docker-compose.yml"],
  },
  {
    behaviour: "the first override file beside it is added, whatever the names",
    files: { "app/docker-compose.yml": "", "app/docker-compose.override.yml": "", "app/compose.override.yaml": "" },
    found: ["app/docker-compose.yml", "app/compose.override.yaml"],
  },
  {
    behaviour: "the directory above is looked into, and its override taken, not the one below",
    files: { "compose.yaml": "", "compose.override.yml": "", "app/compose.override.yml": "" },
    found: ["compose.yaml", "compose.override.yml"],
  },
  {
    behaviour: "a directory with a default name is not a file",
    files: { "app/compose.yaml/x": "", "app/compose.yml": "" },
    found: ["app/compose.yml"],
  },
  {
    behaviour: "configured files are taken as they are, without COMPOSE_FILE and without an override",
    files: { "app/a.yml": "", "app/compose.yaml": "", "app/compose.override.yml": "", "b.yml": "" },
    configured: ["a.yml", "../b.yml"],
    env: { COMPOSE_FILE: "compose.yaml" },
    found: ["app/a.yml", "b.yml"],
  },
  {
    behaviour: "COMPOSE_FILE of the environment goes before that of .env",
    files: { "app/.env": "COMPOSE_FILE=b.yml\n", "app/a.yml": "", "app/b.yml": "" },
    env: { COMPOSE_FILE: "a.yml" },
    found: ["app/a.yml"],
  },
  {
    behaviour: "COMPOSE_FILE is a list with the separator of COMPOSE_PATH_SEPARATOR",
    files: { "app/a.yml": "", "app/b.yml": "" },
    env: { COMPOSE_FILE: "a.yml,b.yml", COMPOSE_PATH_SEPARATOR: "," },
    found: ["app/a.yml", "app/b.yml"],
  },
  {
    behaviour: ".env may say COMPOSE_FILE, and how its list is separated",
    files: {
      "app/.env": "# files\nexport COMPOSE_PATH_SEPARATOR=';'\nCOMPOSE_FILE=\"a.yml;b.yml\"\n",
      "app/a.yml": "",
      "app/b.yml": "",
    },
    found: ["app/a.yml", "app/b.yml"],
  },
  {
    behaviour: "where .env points to files elsewhere, it stays in use beside the one there",
    files: { "app/.env": "COMPOSE_FILE=deploy/a.yml\n", "app/deploy/a.yml": "", "app/deploy/.env": "A=1\n" },
    found: ["app/deploy/a.yml"],
    envFiles: ["app/deploy/.env", "app/.env"],
  },
];

for (const { behaviour, files, configured = [], env = {}, found, envFiles = [] } of cases) {
  test(behaviour, async (t) => {
    const root = await workspaceWith(t, files);

    const resolved = await resolveComposeFiles({
      projectDirectory: join(root, "app"),
      workspaceRoot: root,
      configured,
      env,
    });

    assert.deepEqual(resolved, {
      files: found.map((path) => join(root, path)),
      envFiles: envFiles.map((path) => join(root, path)),
      userLayer: null,
    });
  });
}

test("does not leave the workspace, and says what was looked for and where", async (t) => {
  const root = await workspaceWith(t, { "compose.yaml": "", "copy/app/x": "" });
  const options = {
    projectDirectory: join(root, "copy/app"),
    workspaceRoot: join(root, "copy"),
    configured: [],
    env: {},
  };

  await assert.rejects(resolveComposeFiles(options), (error: unknown) => {
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_COMPOSE_FILE_NOT_FOUND");
    assert.equal(
      error.message,
      `no Compose file in ${root}/copy/app or ${root}/copy: looked for compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml`,
    );
    assert.match(error.hint ?? "", /^create .*compose_files in .*\.cilo\/config\.yml/);
    return true;
  });
});

const absent: { origin: RegExp; files: Record<string, string>; configured?: string[]; env?: NodeJS.ProcessEnv }[] = [
  { origin: /the configured compose_files/, files: {}, configured: ["gone.yml"] },
  { origin: /COMPOSE_FILE in the environment/, files: {}, env: { COMPOSE_FILE: "gone.yml" } },
  { origin: /COMPOSE_FILE in .*\.env/, files: { "app/.env": "COMPOSE_FILE=gone.yml\n" } },
];
for (const { origin, files, configured = [], env = {} } of absent) {
  test(`a file that is not there is reported with who asks for it: ${origin.source}`, async (t) => {
    const root = await workspaceWith(t, { "app/compose.yaml": "", ...files });

    await assert.rejects(
      resolveComposeFiles({ projectDirectory: join(root, "app"), workspaceRoot: root, configured, env }),
      (error: unknown) => {
        assert.ok(error instanceof CiloError);
        assert.equal(error.code, "CILO_COMPOSE_FILE_NOT_FOUND");
        assert.match(error.message, new RegExp(`no Compose file at ${root}/app/gone\\.yml`));
        assert.match(error.message, origin);
        return true;
      },
    );
  });
}
