import type { ExecResult } from "../base/exec.ts";
import { toComposeFailure } from "./compose-failure.ts";
import { isOutside } from "./is-outside.ts";
import { type ComposeProject, compareText, parseComposeProject } from "./model.ts";
import { assertFinished, type RunCompose, toComposeArgs } from "./run-compose.ts";

export type { RunCompose } from "./run-compose.ts";

/** What `docker compose config` may take; a project that includes a remote repository is the slow one. */
const configTimeoutMs = 60_000;

/** How a model was read; the merged model is read in the same way, so that the two can be compared. */
export interface ModelView {
  /** Whether it holds the services of all profiles, not only those of the environment's. */
  everyProfile: boolean;
  flags: readonly string[];
}

/**
 * Tried in this order. All profiles can be unreadable where the user's own view is fine: an env_file of an inactive
 * service is missing, or two profiles share a container_name (Compose 2.40).
 */
const views: readonly ModelView[] = [
  { everyProfile: true, flags: [] },
  { everyProfile: true, flags: ["--no-consistency"] },
  { everyProfile: true, flags: ["--no-consistency", "--no-interpolate"] },
  { everyProfile: false, flags: [] },
];

/** A project's canonical model, read under two names: what is equal in both is fixed, and would be shared by every copy. */
export interface ProjectReading {
  /** Under the environment's own name. */
  base: ComposeProject;
  /** Under a name nothing else has. */
  probe: ComposeProject;
  /** Services active with the environment's profiles, sorted. */
  active: string[];
  warnings: string[];
  view: ModelView;
  /** The environment's, as given. */
  profiles: readonly string[];
  envFiles: readonly string[];
  /** Absolute; what is outside of it is not part of the copy. */
  workspaceRoot: string;
}

export interface ReadProjectOptions {
  run: RunCompose;
  projectDirectory: string;
  /** Absolute paths, as `resolveComposeFiles` gives them. */
  files: readonly string[];
  envFiles?: readonly string[];
  profiles: readonly string[];
  composeProject: string;
  /** The copy's top directory where it is above the project's; default is the project directory. */
  workspaceRoot?: string;
  signal?: AbortSignal | undefined;
}

/**
 * Reads the project through `docker compose config`; no engine is asked.
 * @throws CILO_COMPOSE_INVALID with what Compose said, CILO_INTERRUPTED, CILO_COMPOSE_FAILED when it does not end.
 */
export async function readProject(options: ReadProjectOptions): Promise<ProjectReading> {
  const workspaceRoot = options.workspaceRoot ?? options.projectDirectory;
  const { view, base, probe } = await readBaseAndProbe(options);
  const outside = options.files.filter((file) => isOutside(file, workspaceRoot));
  const warnings = outside.map(
    (file) => `${file}: this Compose file is outside the copy, every copy reads the same one`,
  );
  if (!view.everyProfile) {
    warnings.push(
      "only services of the profiles in use are covered: docker compose cannot read the project with all of them turned on",
    );
  }
  const active = await readActive(options, base, view);
  const { profiles, envFiles = [] } = options;
  return { base, probe, view, warnings, workspaceRoot, profiles, envFiles, active };
}

async function readBaseAndProbe(
  options: ReadProjectOptions,
): Promise<{ view: ModelView; base: ComposeProject; probe: ComposeProject }> {
  let failure: ExecResult | null = null;
  for (const view of views) {
    const [base, probe] = await Promise.all([
      tryReadModel(options, view),
      tryReadModel({ ...options, composeProject: probeNameFor(options.composeProject) }, view),
    ]);
    if ("services" in base && "services" in probe) return { view, base, probe };
    // The user's own view says whether the project is valid at all; the fallbacks are for those that are.
    if (failure === null) {
      const own = await runConfig(options, { everyProfile: false, flags: [] });
      if (own.exitCode !== 0) throw await toComposeFailure(own, options);
    }
    failure = "services" in base ? (probe as ExecResult) : base;
  }
  throw await toComposeFailure(failure as ExecResult, options);
}

function probeNameFor(composeProject: string): string {
  return composeProject === "cilo-probe" ? "cilo-probe-2" : "cilo-probe";
}

/** Reads a model, or gives back the run that failed. */
async function tryReadModel(options: ReadProjectOptions, view: ModelView): Promise<ComposeProject | ExecResult> {
  const result = await runConfig(options, view);
  if (result.exitCode !== 0) return result;
  const model = parseComposeProject(result.stdout);
  if (!view.flags.includes("--no-interpolate")) return model;
  // Variables are left as they are in that view, so what is active is taken from the user's own, where they have values.
  const own = await runConfig(options, { everyProfile: false, flags: [] });
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
 * Reads the model of these files in a given view.
 * @throws as `readProject` does.
 */
export async function readModel(options: ReadProjectOptions, view: ModelView): Promise<ComposeProject> {
  const read = await tryReadModel(options, view);
  if ("services" in read) return read;
  throw await toComposeFailure(read, options);
}

async function runConfig(options: ReadProjectOptions, view: ModelView): Promise<ExecResult> {
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

async function readActive(options: ReadProjectOptions, base: ComposeProject, view: ModelView): Promise<string[]> {
  const hasProfiles = Object.values(base.services).some((service) => (service.profiles ?? []).length > 0);
  const own = hasProfiles && view.everyProfile ? await readModel(options, { everyProfile: false, flags: [] }) : base;
  return Object.keys(own.services).sort(compareText);
}
