import type { ExecResult } from "../base/exec.ts";
import { toComposeFailure } from "./compose-failure.ts";
import { type ComposeProject, parseComposeProject } from "./model.ts";
import { readSourceFile } from "./read-source-file.ts";
import { assertFinished, type RunCompose, toComposeArgs } from "./run-compose.ts";

/** What `docker compose config` may take; a project that includes a remote repository is the slow one. */
const configTimeoutMs = 60_000;

/** How a model was read; the merged model is read in the same way, so that the two can be compared. */
export interface ModelView {
  /** Whether it holds the services of all profiles, not only those of the environment's. */
  everyProfile: boolean;
  flags: readonly string[];
}

/** The services that are on with the environment's profiles, as `docker compose up` sees them. */
export const ownView: ModelView = { everyProfile: false, flags: [] };

export interface ReadModelOptions {
  run: RunCompose;
  projectDirectory: string;
  /** Absolute paths, as `resolveComposeFiles` gives them. */
  files: readonly string[];
  envFiles?: readonly string[];
  profiles: readonly string[];
  composeProject: string;
  signal?: AbortSignal | undefined;
}

/**
 * Reads the model of these files in a given view.
 * @throws CILO_COMPOSE_INVALID with what Compose said, secrets in it included; CILO_INTERRUPTED, CILO_COMPOSE_FAILED when it does not end.
 */
export async function readModel(options: ReadModelOptions, view: ModelView): Promise<ComposeProject> {
  const read = await tryReadModel(options, view);
  if ("services" in read) return read;
  throw await toComposeFailure(read, options);
}

/** Reads a model, or gives back the run that failed. */
export async function tryReadModel(options: ReadModelOptions, view: ModelView): Promise<ComposeProject | ExecResult> {
  const result = await runConfig(options, view);
  if (result.exitCode !== 0) return result;
  const model = parseComposeProject(result.stdout);
  if (!view.flags.includes("--no-interpolate")) return model;
  // Variables are left as they are in that view, so what is active is taken from the user's own, where they have values.
  const own = await runConfig(options, ownView);
  return own.exitCode === 0 ? overlay(model, parseComposeProject(own.stdout)) : own;
}

function overlay(all: ComposeProject, own: ComposeProject): ComposeProject {
  return {
    ...all,
    ...own,
    services: { ...all.services, ...own.services },
    networks: { ...all.networks, ...own.networks },
    volumes: { ...all.volumes, ...own.volumes },
  };
}

/**
 * Runs `docker compose config`.
 *
 * What it prints is not kept from one command to the next: nothing tells all that it depends on. Besides the files named here it reads those they include and
 * extend (its output names none of them, and they may be of a remote repository), env files that need not exist, and any variable of the
 * environment; and where an empty list stands for none, one canonical model has two sources that merge differently. A stale model would be one whose isolation
 * nobody has checked.
 */
export async function runConfig(options: ReadModelOptions, view: ModelView): Promise<ExecResult> {
  const profiles = view.everyProfile ? ["*"] : options.profiles;
  const args = [...toComposeArgs({ ...options, profiles }), "config", "--format", "json", ...view.flags];
  const result = await options.run(args, {
    cwd: options.projectDirectory,
    timeoutMs: configTimeoutMs,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  assertFinished(result, configTimeoutMs);
  return result;
}

/** Runs Compose with the same arguments once, however often it is asked: for one reading of a project, which is of one moment. */
export function runEachOnce(run: RunCompose): RunCompose {
  const results = new Map<string, Promise<ExecResult>>();
  return (args, options) => {
    const key = JSON.stringify([options.cwd, ...args]);
    const result = results.get(key) ?? run(args, options);
    results.set(key, result);
    return result;
  };
}

/**
 * Tells whether a project's services have profiles, from the text of its files. Only good to ask Compose early: a comment may speak of them, and a file that is
 * included, which is not looked into, may have some.
 */
export async function mentionsProfiles(files: readonly string[]): Promise<boolean> {
  const texts = await Promise.all(files.map(readSourceFile));
  return texts.some((text) => text !== null && /\bprofiles["']?\s*:/.test(text));
}
