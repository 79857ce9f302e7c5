import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError } from "../../../src/base/errors.ts";
import { defaultCopyOptions } from "../../../src/compose/copy-options.ts";
import { resolveComposeFiles } from "../../../src/compose/files.ts";
import type { OverrideInput } from "../../../src/compose/override/concern.ts";
import { renderOverride } from "../../../src/compose/override.ts";
import { type ProjectReading, type ReadProjectOptions, readProject } from "../../../src/compose/project.ts";
import type { RunCompose } from "../../../src/compose/run-compose.ts";
import { verifyMerged } from "../../../src/compose/verify.ts";
import { messageOf } from "../../../src/model/finding.ts";
import { overrideInputFor } from "../fixture-project.ts";
import type { CanonicalModel } from "./canonical-model.ts";
import type { Copies, Copy, CopyFacts } from "./copies.ts";
import { findUnstableRendering, type Rendering } from "./rendering.ts";
import { digestsOf, findTouchedFiles } from "./user-files.ts";

export interface ProjectToCopy {
  /** Holds the project's files; it is copied, never written to. */
  directory: string;
  /** The project's own directory, relative to it. */
  path?: string;
  /** Relative to that; none where Compose is to find them. */
  files: readonly string[];
  profiles: readonly string[];
  /** Services to share as far as they can be; none by default. */
  shared?: readonly string[];
  run: RunCompose;
}

/** The names follow each other in every order of text, so that lists which are sorted come out alike. */
const environments = [
  { name: "login-a", subnet: "10.224.201" },
  { name: "login-b", subnet: "10.224.202" },
] as const;

/**
 * Makes two environments of a project below `root` as the program does, and has Compose merge both.
 * @returns the merged models, and what went wrong on the way: a user file that was touched, text that is not stable, a refusal of the program's own check.
 */
export async function readCopies(
  project: ProjectToCopy,
  root: string,
): Promise<{ copies: Copies; problems: string[] }> {
  const made = await Promise.all(environments.map((environment) => makeCopy(project, environment, root)));
  const [a, b] = made;
  if (a === undefined || b === undefined) throw new Error("two environments make two copies");
  return { copies: { a: a.copy, b: b.copy }, problems: made.flatMap(({ problems }) => problems) };
}

async function makeCopy(project: ProjectToCopy, { name, subnet }: { name: string; subnet: string }, root: string) {
  const workspaceRoot = join(root, "envs", "shop", name);
  await cp(project.directory, workspaceRoot, { recursive: true, verbatimSymlinks: true });
  const before = await digestsOf(workspaceRoot);
  const run = rememberRuns(project.run);
  const projectDirectory = join(workspaceRoot, project.path ?? ".");
  const selected = { projectDirectory, workspaceRoot, configured: project.files, env: process.env };
  const { files, envFiles } = await resolveComposeFiles(selected);
  const { profiles } = project;
  const composeProject = `cilo-shop-${name}`;
  const options = { run, projectDirectory, workspaceRoot, files, envFiles, profiles, composeProject };
  const { reading, input } = await readShareable(options, project.shared ?? [], { name, subnet });
  const facts = toFacts(input, { workspaceRoot, subnet });
  const overrideFile = join(root, "generated", "shop", name, "override.yml");
  await mkdir(join(overrideFile, ".."), { recursive: true });
  await writeFile(overrideFile, facts.override);
  const read = createRead({ ...options, reading });
  // The project as Compose finds it by itself, where its files are not named.
  const ownFiles = project.files.length === 0 ? [] : files;
  const [base, merged] = await Promise.all([read(ownFiles), read([...files, overrideFile])]);
  const copy: Copy = {
    base: { ...base.model, networks: base.networks },
    merged: merged.model,
    active: { base: base.active, merged: merged.active },
    facts,
  };
  const refusal = await verifyMerged({ ...options, overrideFile, networkName: input.networkName, reading }).then(
    () => [],
    (error: Error) => [`the program's own check refuses it: ${error.message}`],
  );
  const touched = findTouchedFiles(before, await digestsOf(workspaceRoot)).map((problem) => `P10 ${problem}`);
  const unstable = findUnstableRendering(render, input, subnet).map((problem) => `P11 ${problem}`);
  return { copy, problems: [...refusal, ...touched, ...unstable].map((problem) => `${name}: ${problem}`) };
}

/** Reads the project with those of the services shared that the program does not refuse to share. */
async function readShareable(
  options: ReadProjectOptions,
  shared: readonly string[],
  { name, subnet }: { name: string; subnet: string },
): Promise<{ reading: ProjectReading; input: OverrideInput }> {
  const copyOptions = { ...defaultCopyOptions, sharedServices: shared };
  const reading = await readProject({ ...options, copyOptions });
  const input = overrideInputFor(name, reading, subnet);
  try {
    renderOverride(input);
    return { reading, input };
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_SERVICE_NOT_SHAREABLE") throw error;
    const rest = shared.filter((service) => service !== error.details?.service);
    if (rest.length === shared.length) throw error;
    return readShareable(options, rest, { name, subnet });
  }
}

/** What the user is told: what it is about, and with the value that it is said of; one place that knows how `renderOverride` gives it. */
function messagesOf(input: OverrideInput): string[] {
  // A value of a variable counts as a secret, so it would be masked in what the properties look for.
  const { findings } = renderOverride({ ...input, reading: { ...input.reading, redact: (text) => text } });
  return findings.map((finding) => `${messageOf(finding)} (${finding.item ?? ""})`);
}

function render(input: OverrideInput): Rendering {
  return { override: renderOverride(input).override, messages: messagesOf(input) };
}

function toFacts(input: OverrideInput, copy: Pick<CopyFacts, "workspaceRoot" | "subnet">): CopyFacts {
  const { id, project, name, suffix } = input.environment;
  return {
    ...copy,
    installation: input.installation,
    environment: { id, project, name, suffix },
    composeProject: input.environment.composeProject,
    networkName: input.networkName,
    addresses: input.addresses,
    shared: input.reading.options.sharedServices,
    ...render(input),
  };
}

interface ReadView {
  model: CanonicalModel;
  /** Those of all services, as far as they can be read. */
  networks: CanonicalModel["networks"] & object;
  active: string[];
}

/** Reads models of the project's files in the view that the program found to work, as Compose prints them. */
function createRead(options: {
  run: RunCompose;
  projectDirectory: string;
  profiles: readonly string[];
  envFiles: readonly string[];
  composeProject: string;
  reading: ProjectReading;
}): (files: readonly string[]) => Promise<ReadView> {
  const { run, projectDirectory, composeProject, reading } = options;
  const config = async (files: readonly string[], profiles: readonly string[], flags: readonly string[]) => {
    const selection = [
      ...(files.length === 0 ? [] : options.envFiles).flatMap((file) => ["--env-file", file]),
      ...profiles.flatMap((profile) => ["--profile", profile]),
      ...files.flatMap((file) => ["--file", file]),
    ];
    const args = ["--project-name", composeProject, ...selection, "config", "--format", "json", ...flags];
    const result = await run(args, { cwd: projectDirectory, timeoutMs: 60_000 });
    if (result.exitCode !== 0) throw new Error(`docker compose config: ${result.stderr}`);
    return JSON.parse(result.stdout) as CanonicalModel;
  };
  const { everyProfile, flags } = reading.view;
  // Models without values for their variables are in other forms, so only the user's own view is looked at then.
  const isWhole = everyProfile && !flags.includes("--no-interpolate");
  return async (files) => {
    const own = await config(files, options.profiles, []);
    const hasMore = Object.keys(reading.base.services).length > Object.keys(own.services).length;
    const all = everyProfile && hasMore ? await config(files, ["*"], flags) : own;
    const active = Object.keys(own.services).sort();
    // Values may speak of networks of services that are off.
    return { model: isWhole ? all : own, networks: { ...all.networks, ...own.networks }, active };
  };
}

/** The same call is made by the program and by the properties; Compose is asked once. */
function rememberRuns(run: RunCompose): RunCompose {
  const results = new Map<string, ReturnType<RunCompose>>();
  return (args, options) => {
    const key = JSON.stringify([options.cwd, ...args]);
    const result = results.get(key) ?? run(args, options);
    results.set(key, result);
    return result;
  };
}
