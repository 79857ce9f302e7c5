import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { exec } from "../../src/base/exec.ts";
import { describeServices } from "../../src/compose/describe.ts";
import { renderOverride } from "../../src/compose/override.ts";
import { type ReadProjectOptions, readProject } from "../../src/compose/project.ts";
import type { RunCompose } from "../../src/compose/run-compose.ts";
import { verifyMerged } from "../../src/compose/verify.ts";
import { tellWarnings } from "../../src/model/finding.ts";
import { reasonWithoutCompose } from "./compose-program.ts";
import { overrideInputFor } from "./fixture-project.ts";

const skip = await reasonWithoutCompose();

/** A secret with every kind of sign that makes Compose quote a value or take it apart. */
const secret = 'hunT er2:/zz"q-long\\x';
const traceOfSecret = /hunt|er2|zz|q-long/i;

async function projectWith(t: TestContext, files: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
  const projectDirectory = await realpath(await mkdtemp(join(tmpdir(), "cilo-secrets-")));
  t.after(() => rm(projectDirectory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(projectDirectory, path)), { recursive: true });
    await writeFile(join(projectDirectory, path), text);
  }
  const childEnv = { ...process.env, ...env };
  const run: RunCompose = (args, options) => exec("docker", ["compose", ...args], { ...options, env: childEnv });
  const composeFiles = [join(projectDirectory, "compose.yaml")];
  return { run, env: childEnv, projectDirectory, files: composeFiles, profiles: [], composeProject: "cilo-shop-login" };
}

/** All of an error that may be shown or stored. */
async function shownOf(project: ReadProjectOptions): Promise<string> {
  try {
    await readProject(project);
  } catch (error) {
    assert.ok(error instanceof CiloError, String(error));
    assert.equal(error.code, "CILO_COMPOSE_INVALID");
    const cause = error.cause instanceof Error ? error.cause.message : error.cause;
    const shown = JSON.stringify([error.message, error.hint, error.details, cause]);
    return shown.replaceAll(project.projectDirectory, "");
  }
  return assert.fail("it did not fail");
}

for (const text of [
  'TOKEN="hunter2zz and more\nB=1\n',
  "TOKEN=hunter2zz${\n",
  'TOKEN="hunter2zz${"\n',
  "A b=hunter2zz\n",
  "TOKEN=${OTHER:?hunter2zz}\n",
]) {
  test(`says nothing of ${JSON.stringify(text)} in a .env that Compose refuses`, { skip }, async (t) => {
    const project = await projectWith(t, { "compose.yaml": "services: { web: { image: web } }", ".env": text });

    assert.doesNotMatch(await shownOf(project), traceOfSecret);
  });
}

for (const field of [
  "mem_limit: ${TOK}",
  'ports: ["${TOK}:80"]',
  'volumes: ["${TOK}:/x"]',
  "scale: ${TOK}",
  'env_file: "${TOK}"',
  'extends: "${TOK}"',
  'cpus: "${TOK}"',
  'ipc: "service:${TOK}"',
  'networks: ["${TOK}"]',
  'healthcheck: { interval: "${TOK}" }',
  'build: { context: ".", ssh: ["${TOK}"] }',
]) {
  for (const from of ["the shell", ".env"]) {
    test(`says no value of ${from} where it refuses ${field}`, { skip }, async (t) => {
      const compose = `services:\n  web:\n    image: web\n    ${field}\n`;
      const project =
        from === ".env"
          ? await projectWith(t, { "compose.yaml": compose, ".env": `TOK=${secret}\n` })
          : await projectWith(t, { "compose.yaml": compose }, { TOK: secret });

      const shown = await shownOf(project);

      assert.doesNotMatch(shown, traceOfSecret);
      assert.match(shown, /\*\*\*/);
    });
  }
}

test("knows the values of files that are included, extended or named as env_file", { skip }, async (t) => {
  const project = await projectWith(t, {
    "compose.yaml": [
      "include: [{ path: db/compose.yaml, env_file: db/own.env }]",
      "services:",
      "  web: { image: web, env_file: [{ path: web.env }], mem_limit: no-size }",
      "  api: { extends: { file: base/api.yaml, service: api } }",
    ].join("\n"),
    "db/compose.yaml": "services: { db: { image: db } }",
    "db/own.env": "A=secret-of-include\n",
    "web.env": "B=secret-of-env-file\n",
    "base/api.yaml": "services: { api: { image: api, environment: [C=secret-of-extended] } }",
  });
  const stderr = "secret-of-include secret-of-env-file secret-of-extended";
  const run: RunCompose = async (args, options) => ({ ...(await project.run(args, options)), stderr });

  const shown = await shownOf({ ...project, run });

  assert.doesNotMatch(shown, /secret-of/);
});

test("says nothing of a model it does not understand", async (t) => {
  const project = await projectWith(t, {
    "compose.yaml": "services: { web: { image: web, environment: [A=hunter2zz] } }",
  });
  const outputs = ["hunter2zz", '{"services":{"web":{"image":"web","ports":"hunter2zz"}}}'];

  for (const stdout of outputs) {
    const run: RunCompose = async () => ({
      ...{ exitCode: 0, signal: null, stderr: "", timedOut: false, aborted: false, startFailure: null },
      stdout,
    });
    assert.doesNotMatch(await shownOf({ ...project, run }), traceOfSecret);
  }
});

test("warns without values, masks what Compose writes later, and keeps the names of the project", {
  skip,
}, async (t) => {
  const project = await projectWith(t, {
    "compose.yaml": [
      "services:",
      "  web:",
      "    image: web",
      '    network_mode: "container:${TOK}"',
      "    environment: { DB_HOST: database, PASSWORD: only-in-the-file }",
      '    labels: { cilo.hostnames: "${NAME} a..${NAME}" }',
      "  database: { image: x }",
    ].join("\n"),
    ".env": "TOK=hunter2\nNAME=Hunter2zz.example\n",
  });

  const reading = await readProject(project);
  const input = overrideInputFor("login", reading);
  const findings = [...describeServices(reading, null).findings, ...renderOverride(input).findings];
  const warnings = tellWarnings(findings, () => null);
  const written = reading.redact("Container database-1 hunter2 only-in-the-file");

  assert.equal(warnings.length, 3, warnings.join("\n"));
  assert.doesNotMatch(warnings.join("\n"), traceOfSecret);
  assert.match(warnings.join("\n"), /service web: network_mode container:\*\*\* is kept/);
  assert.equal(written, "Container database-1 *** ***");
});

test("says no value where the merged project is refused", { skip }, async (t) => {
  const project = await projectWith(t, {
    "compose.yaml": 'services: { web: { image: web, environment: { A: "${TOK}" } } }',
    ".env": "TOK=hunter2zz\n",
  });
  const reading = await readProject(project);
  const overrideFile = join(project.projectDirectory, "override.yml");
  await writeFile(overrideFile, "services: { web: { mem_limit: '${TOK}' } }");

  await assert.rejects(
    verifyMerged({ ...project, overrideFile, networkName: "x", reading }),
    (error) =>
      error instanceof CiloError &&
      error.code === "CILO_OVERRIDE_REJECTED" &&
      /\*\*\*/.test(error.message) &&
      !/hunter2/.test(JSON.stringify([error.message, error.hint, error.details, String(error.cause)])),
  );
});
