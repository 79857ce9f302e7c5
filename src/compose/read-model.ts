import type { ExecResult } from "../base/exec.ts";
import { toComposeFailure } from "./compose-failure.ts";
import { type ComposeProject, parseComposeProject } from "./model.ts";
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

/** Runs `docker compose config`. */
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
