import assert from "node:assert/strict";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CiloError } from "../../src/base/errors.ts";
import type { ExecResult } from "../../src/base/exec.ts";
import { readProject } from "../../src/compose/project.ts";
import { messageOf } from "../../src/model/finding.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { fixtures } from "./fixture-project.ts";

const skip = await reasonWithoutCompose();

function optionsFor(fixture: string, options: { files?: string[]; profiles?: string[] } = {}) {
  const projectDirectory = join(fixtures, fixture);
  return {
    run: runCompose,
    projectDirectory,
    files: (options.files ?? ["compose.yaml"]).map((file) => join(projectDirectory, file)),
    profiles: options.profiles ?? [],
    composeProject: "cilo-shop-login",
  };
}

async function failureOf(promise: Promise<unknown>): Promise<CiloError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CiloError);
    return error;
  }
  return assert.fail("it did not fail");
}

test("reads what includes, extends, .env and Compose's own defaults come to", { skip }, async () => {
  const options = optionsFor("include");

  const { base, active, findings } = await readProject(options);

  assert.deepEqual(active, ["db", "web"]);
  assert.deepEqual(findings, []);
  assert.deepEqual(base.services.web?.environment, { FROM_DOT_ENV: "from-dot-env" });
  assert.deepEqual(base.services.web?.networks, { default: null });
  const [html] = base.services.web?.volumes ?? [];
  assert.equal(typeof html === "object" ? html.source : null, join(options.projectDirectory, "html"));
});

test("base and probe differ in what follows from the project's name, and in nothing fixed", { skip }, async () => {
  const { base, probe } = await readProject(optionsFor("rich"));

  assert.equal(base.volumes.scratch?.name, "cilo-shop-login_scratch");
  assert.notEqual(probe.volumes.scratch?.name, base.volumes.scratch?.name);
  assert.equal(base.volumes.data?.name, "rich-data");
  assert.equal(probe.volumes.data?.name, "rich-data");
});

test("covers services of profiles that are off, and tells which are on", { skip }, async () => {
  const off = await readProject(optionsFor("rich"));
  const on = await readProject(optionsFor("rich", { profiles: ["legacy"] }));

  assert.ok("legacy_app" in off.base.services);
  assert.equal(off.active.includes("legacy_app"), false);
  assert.equal(on.active.includes("legacy_app"), true);
});

test("covers a service whose env_file is missing while its profile is off", { skip }, async () => {
  const { base, active, view, findings } = await readProject(optionsFor("profiles", { profiles: ["tool"] }));

  assert.deepEqual(active, ["tool", "web"]);
  assert.deepEqual(view, { everyProfile: true, flags: ["--no-consistency", "--no-interpolate"] });
  assert.equal(base.services.admin?.container_name, "profiles-admin");
  assert.equal(base.services.admin?.labels?.team, "shop");
  assert.deepEqual(findings, []);
});

test("refuses when that profile is on, naming the file and how it comes to be missing", { skip }, async () => {
  const error = await failureOf(readProject(optionsFor("profiles", { profiles: ["admin"] })));

  assert.equal(error.code, "CILO_COMPOSE_INVALID");
  assert.match(error.message, /not-there\.env not found/);
  assert.match(error.hint ?? "", /^create .*not-there\.env; git does not carry ignored files/);
});

test("says where a file is no YAML, by file, line and column", { skip }, async () => {
  const error = await failureOf(readProject(optionsFor("syntax")));

  assert.equal(error.code, "CILO_COMPOSE_INVALID");
  assert.match(error.message, /^docker compose cannot read compose\.yaml:\d+:\d+: yaml: /);
});

test("names a variable that must be set and where to set it, and shows no value", { skip }, async () => {
  const error = await failureOf(readProject(optionsFor("missing-variable")));

  assert.match(error.message, /required variable WEB_IMAGE is missing a value: name it/);
  assert.match(error.hint ?? "", /^set WEB_IMAGE in .*missing-variable\/\.env/);
  assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.details]), /not-to-be-shown/);
});

test("expands PWD to the project's directory, wherever it is called from", { skip }, async (t) => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-pwd-")));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, "compose.yaml");
  await writeFile(file, 'services: { web: { image: web, environment: { HERE: "${PWD}" } } }');

  const { base } = await readProject({ ...optionsFor("rich"), projectDirectory: directory, files: [file] });

  assert.deepEqual(base.services.web?.environment, { HERE: directory });
});

test("takes warnings of Compose's for no part of the model", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-warnings-"));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, "compose.yaml");
  await writeFile(file, 'version: "3"\nservices: { web: { image: "web:${CILO_TEST_UNSET_VARIABLE}" } }');

  const { base } = await readProject({ ...optionsFor("rich"), projectDirectory: directory, files: [file] });

  assert.deepEqual(Object.keys(base.services), ["web"]);
});

test("warns of a Compose file outside the copy", { skip }, async () => {
  const options = optionsFor("include", { files: ["compose.yaml", "../rich/compose.yaml"] });

  const { findings } = await readProject(options);

  assert.deepEqual(findings.map(messageOf), [
    `the project: the Compose file ${join(fixtures, "rich/compose.yaml")} is outside the copy, so every copy reads the same one`,
  ]);
});

const finished: ExecResult = {
  exitCode: 0,
  signal: null,
  stdout: "{}",
  stderr: "",
  timedOut: false,
  aborted: false,
  startFailure: null,
};

/** Reads a fixture with a Compose that prints a model; gives back what it was asked, and how often at the most at the same time. */
async function callsFor(fixture: string, model: object): Promise<{ calls: string[]; together: number }> {
  const calls: string[] = [];
  let running = 0;
  let together = 0;
  const run = async (args: readonly string[]) => {
    calls.push(args.join(" ").replaceAll(join(fixtures, fixture), "…"));
    running += 1;
    together = Math.max(together, running);
    await nextTurn();
    running -= 1;
    return { ...finished, stdout: JSON.stringify(model) };
  };
  await readProject({ ...optionsFor(fixture), run });
  return { calls: calls.sort(), together };
}

test("asks Compose no more than twice for a project without profiles, at once", async () => {
  const { calls, together } = await callsFor("include", { services: { web: { image: "web" } } });

  assert.deepEqual(calls, [
    "--project-name cilo-probe --profile * --file …/compose.yaml config --format json",
    "--project-name cilo-shop-login --profile * --file …/compose.yaml config --format json",
  ]);
  assert.equal(together, 2);
});

test("asks a third time for a project with profiles, without waiting for what it finds", async () => {
  const { calls, together } = await callsFor("rich", { services: { web: { image: "web", profiles: ["a"] } } });

  assert.deepEqual(calls, [
    "--project-name cilo-probe --profile * --file …/compose.yaml config --format json",
    "--project-name cilo-shop-login --file …/compose.yaml config --format json",
    "--project-name cilo-shop-login --profile * --file …/compose.yaml config --format json",
  ]);
  assert.equal(together, 3);
});

test("asks a third time as well where only an included file has profiles", async () => {
  const { calls, together } = await callsFor("include", { services: { web: { image: "web", profiles: ["a"] } } });

  assert.equal(calls.length, 3);
  assert.equal(together, 2);
});

for (const text of ["services: {}", "x-note: 1"]) {
  test(`refuses ${JSON.stringify(text)}, naming the file and what is missing`, { skip }, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "cilo-empty-"));
    t.after(() => rm(directory, { recursive: true }));
    const file = join(directory, "compose.yaml");
    await writeFile(file, text);

    const error = await failureOf(readProject({ ...optionsFor("rich"), projectDirectory: directory, files: [file] }));

    assert.equal(error.code, "CILO_COMPOSE_INVALID");
    assert.equal(error.message, `the project has no services: ${file}`);
  });
}

test("takes a project whose services are all off for a legal one, and says why nothing starts", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-off-"));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, "compose.yaml");
  await writeFile(file, "services: { web: { image: web, profiles: [dev] }, db: { image: db, profiles: [prod] } }");
  const options = { ...optionsFor("rich"), projectDirectory: directory, files: [file] };

  const none = await readProject(options);
  const other = await readProject({ ...options, profiles: ["test"] });

  assert.deepEqual(none.active, []);
  assert.deepEqual(Object.keys(none.base.services), ["db", "web"]);
  assert.deepEqual(
    [none, other].map(({ findings }) => findings.map(messageOf)),
    [
      ["the project: every service belongs to a profile that is off, so nothing starts: no profile is in use"],
      ["the project: every service belongs to a profile that is off, so nothing starts: the profiles in use are test"],
    ],
  );
});

const cutShort: [string, Partial<ExecResult>, string][] = [
  ["interrupted", { aborted: true, exitCode: null }, "CILO_INTERRUPTED"],
  ["that does not end", { timedOut: true, exitCode: null }, "CILO_COMPOSE_FAILED"],
  ["that prints no JSON", { stdout: "services:" }, "CILO_COMPOSE_INVALID"],
  ["that prints another model", { stdout: '{"services":{"web":{"ports":7}}}' }, "CILO_COMPOSE_INVALID"],
];
for (const [what, result, code] of cutShort) {
  test(`a run ${what} ends with ${code}`, async () => {
    const error = await failureOf(
      readProject({ ...optionsFor("rich"), run: async () => ({ ...finished, ...result }) }),
    );

    assert.equal(error.code, code);
  });
}

test("falls back to the profiles in use, with a warning, where all of them cannot be read in any way", async () => {
  const run = async (args: readonly string[]) =>
    args.includes("*")
      ? { ...finished, exitCode: 1, stderr: "no" }
      : { ...finished, stdout: '{"services":{"web":{"image":"web","profiles":["a"]}}}' };

  const { view, active, findings } = await readProject({ ...optionsFor("rich"), run });

  assert.deepEqual(view, { everyProfile: false, flags: [] });
  assert.deepEqual(active, ["web"]);
  assert.match(findings.map(messageOf).join(), /only services of the profiles in use are covered/);
});
