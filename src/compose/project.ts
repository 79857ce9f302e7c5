import { CiloError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";
import { type Finding, redactFinding } from "../model/finding.ts";
import type { CopySurroundings } from "./beside.ts";
import { readDockerfiles } from "./built-bases.ts";
import { toComposeFailure } from "./compose-failure.ts";
import { type CopyOptions, defaultCopyOptions } from "./copy-options.ts";
import { readDefaultProfiles } from "./default-profiles.ts";
import { hostPathsOf } from "./host-paths.ts";
import { isOutside } from "./is-outside.ts";
import { type ComposeProject, compareText } from "./model.ts";
import { secretsOfModel } from "./model-secrets.ts";
import { profilesOf } from "./profiles.ts";
import {
  type ModelView,
  mentionsProfiles,
  ownView,
  type ReadModelOptions,
  readModel,
  runConfig,
  runEachOnce,
  tryReadModel,
} from "./read-model.ts";
import { readRealPaths } from "./real-paths.ts";
import { createRedact, type Redact, redactError } from "./redact.ts";
import { type KnownSecrets, readKnownSecrets } from "./secret-sources.ts";
import { describeUserLayer, type UserLayer, userLayerPath, withUserLayer } from "./user-layer.ts";

/**
 * Tried in this order. All profiles can be unreadable where the user's own view is fine: an env_file of an inactive
 * service is missing, or two profiles share a container_name (Compose 2.40).
 */
const views: readonly ModelView[] = [
  { everyProfile: true, flags: [] },
  { everyProfile: true, flags: ["--no-consistency"] },
  { everyProfile: true, flags: ["--no-consistency", "--no-interpolate"] },
  ownView,
];

/** A project's canonical model, read under two names: what is equal in both is fixed, and would be shared by every copy. */
export interface ProjectReading {
  /** Under the environment's own name. */
  base: ComposeProject;
  /** Under a name nothing else has. */
  probe: ComposeProject;
  /** Services active with the environment's profiles, sorted. */
  active: string[];
  /** What there is to say of the reading itself, without secrets. */
  findings: Finding[];
  /** What the project chose about its copies. */
  options: CopyOptions;
  /** The last of the files that were read, where the project has one. */
  userLayer: UserLayer | null;
  view: ModelView;
  /** The environment's, as given. */
  profiles: readonly string[];
  envFiles: readonly string[];
  /** Absolute; what is outside of it is not part of the copy. */
  workspaceRoot: string;
  /** Where the paths of `hostPathsOf`, the directories above them and the workspace root lead once links are followed. */
  realPaths: ReadonlyMap<string, string>;
  /** Null where the project is read as it is, and not as a copy. */
  surroundings: CopySurroundings | null;
  /** Texts of the Dockerfiles, by service. */
  dockerfiles: ReadonlyMap<string, string>;
  /**
   * Masks the project's secrets in a text: values of env files, of variables the Compose files mention, and of what containers are given.
   * To be used on all that Compose writes, and on what is made out of the model's values.
   */
  redact: Redact;
}

export interface ReadProjectOptions extends ReadModelOptions {
  /** The copy's top directory where it is above the project's; default is the project directory. */
  workspaceRoot?: string;
  /** The environment `run` gives to Compose, for the secrets in it; default is this process's. */
  env?: NodeJS.ProcessEnv;
  /** Where the copy lies; default is none. */
  surroundings?: CopySurroundings;
  /** Names that messages are to show although a value of the project is the same: those of the environment, its domains. */
  publicNames?: readonly string[];
  /** What the project chose about its copies; default is `defaultCopyOptions`. */
  copyOptions?: CopyOptions;
  /** Read after `files`; default is none. */
  userLayer?: UserLayer | null;
}

/**
 * Reads the project through `docker compose config`; no engine is asked.
 * @throws CILO_COMPOSE_INVALID with what Compose said, CILO_INTERRUPTED, CILO_COMPOSE_FAILED when it does not end; no error holds a secret.
 */
export async function readProject(given: ReadProjectOptions): Promise<ProjectReading> {
  const options = {
    ...given,
    run: runEachOnce(given.run),
    files: [...given.files, ...(given.userLayer ? [given.userLayer.file] : [])],
  };
  const env = options.env ?? process.env;
  const [known, [read]] = await Promise.all([
    readKnownSecrets({ ...options, env }),
    // A failure is told once it is known what must not be in it.
    Promise.allSettled([readBaseAndProbe(options)]),
  ]);
  const names = [...known.names, ...namesOfCall(options)];
  const redact = createRedact(known.secrets, names);
  try {
    if (read.status === "rejected") throw read.reason;
    const { view, base, probe } = read.value;
    assertServices(base, options);
    const active = await readActive(options, base, view);
    return await toReading(options, { view, base, probe, active, redact: redactFor(base, { ...known, names }, env) });
  } catch (error) {
    throw redactError(error, redact);
  }
}

/** Words that are in so many messages that masking them hides nothing, and makes the message unreadable. */
const ownWords = ["cilo", "compose", "container", "docker", "docker.sock", "environment", "image", "network", "volume"];

/** Paths and names that cilo itself says in its messages. */
function namesOfCall(options: ReadProjectOptions): string[] {
  const { projectDirectory, workspaceRoot = projectDirectory, files, envFiles = [], composeProject } = options;
  const given = [...files, ...envFiles, ...options.profiles, ...(options.publicNames ?? [])];
  return [projectDirectory, workspaceRoot, composeProject, ...given, ...ownWords];
}

function redactFor(base: ComposeProject, { secrets, names }: KnownSecrets, env: NodeJS.ProcessEnv): Redact {
  const keys = [base.services, base.volumes, base.networks].flatMap(Object.keys);
  return createRedact([...secrets, ...secretsOfModel(base, env)], [...names, ...keys]);
}

async function toReading(
  options: ReadProjectOptions,
  read: Pick<ProjectReading, "view" | "base" | "probe" | "active" | "redact">,
): Promise<ProjectReading> {
  const { profiles, envFiles = [], projectDirectory, workspaceRoot = projectDirectory } = options;
  const [realPaths, dockerfiles] = await Promise.all([
    readRealPaths(hostPathsOf(read.base), workspaceRoot),
    readDockerfiles(read.base, workspaceRoot),
  ]);
  const { copyOptions = defaultCopyOptions, userLayer = null } = options;
  const ofLayer = describeUserLayer(userLayer, realPaths.get(workspaceRoot) ?? workspaceRoot);
  const env = options.env ?? process.env;
  const inUse =
    profiles.length > 0
      ? profiles
      : await readDefaultProfiles({ files: [...options.files], envFiles: [...envFiles] }, env);
  const findings = [...findingsOf(options, read, inUse), ...ofLayer].map((finding) =>
    redactFinding(finding, read.redact),
  );
  const chosen = withUserLayer(copyOptions, userLayer);
  const { surroundings = null } = options;
  return {
    ...read,
    findings,
    realPaths,
    dockerfiles,
    surroundings,
    workspaceRoot,
    profiles,
    envFiles,
    options: chosen,
    userLayer,
  };
}

function findingsOf(
  { files, projectDirectory, workspaceRoot = projectDirectory }: ReadProjectOptions,
  { base, view, active }: Pick<ProjectReading, "base" | "view" | "active">,
  profilesInUse: readonly string[],
): Finding[] {
  const common = { action: "kept", level: "warning", path: [] } as const;
  const findings: Finding[] = files
    .filter((file) => isOutside(file, workspaceRoot))
    .map((file) => ({
      ...common,
      rule: "compose-file-outside",
      shared: true,
      statement: `the Compose file ${file} is outside the copy, so every copy reads the same one`,
      hint: "copy the directory that holds it too",
    }));
  if (!view.everyProfile) {
    findings.push({
      ...common,
      rule: "profiles-unreadable",
      shared: false,
      statement:
        "only services of the profiles in use are covered: docker compose cannot read the project with all of them turned on",
      hint: null,
    });
  }
  if (active.length === 0) {
    const names = profilesInUse.join(", ");
    const inUse = names === "" ? "no profile is in use" : `the profiles in use are ${names}`;
    findings.push({
      ...common,
      rule: "nothing-active",
      shared: false,
      statement: `every service belongs to a profile that is off, so nothing starts: ${inUse}`,
      hint: `turn one on with --profile: ${profilesOf(base).join(", ")}`,
    });
  }
  return findings;
}

/** Compose takes a project of no services for a valid one, and refuses to start it without naming it. */
function assertServices(base: ComposeProject, { files }: ReadProjectOptions): void {
  if (Object.keys(base.services).length > 0) return;
  throw new CiloError("CILO_COMPOSE_INVALID", `the project has no services: ${files.join(", ")}`, {
    hint: `add a service under "services" in ${files[0] ?? "the Compose file"}`,
    details: { files: [...files] },
  });
}

async function readBaseAndProbe(
  options: ReadProjectOptions,
): Promise<{ view: ModelView; base: ComposeProject; probe: ComposeProject }> {
  const hasProfiles = await mentionsProfiles(options.files);
  let failure: ExecResult | null = null;
  for (const view of views) {
    const [base, probe] = await Promise.all([
      tryReadModel(options, view),
      tryReadModel({ ...options, composeProject: probeNameFor(options.composeProject) }, view),
      // What is on with the profiles in use is looked at when these are read; Compose is asked for it meanwhile.
      hasProfiles ? runConfig(options, ownView) : null,
    ]);
    if ("services" in base && "services" in probe) return { view, base, probe };
    // The user's own view says whether the project is valid at all; the fallbacks are for those that are.
    if (failure === null) {
      const own = await runConfig(options, ownView);
      if (own.exitCode !== 0) throw await toProjectFailure(own, options);
    }
    failure = "services" in base ? (probe as ExecResult) : base;
  }
  throw await toProjectFailure(failure as ExecResult, options);
}

/** Compose does not say which of the files is at fault; the user layer is, where the others alone can be read. */
async function toProjectFailure(result: ExecResult, options: ReadProjectOptions): Promise<CiloError> {
  const { userLayer, files } = options;
  if (!userLayer) return await toComposeFailure(result, options);
  const others = files.filter((file) => file !== userLayer.file);
  const without = await runConfig({ ...options, files: others }, ownView);
  if (without.exitCode !== 0) return await toComposeFailure(result, options);
  const failure = await toComposeFailure(result, { ...options, files: [userLayer.file] });
  return new CiloError(failure.code, failure.message, {
    hint: `edit ${userLayerPath} in ${options.projectDirectory}; without it the project can be read`,
    details: failure.details,
    cause: failure.cause,
  });
}

function probeNameFor(composeProject: string): string {
  return composeProject === "cilo-probe" ? "cilo-probe-2" : "cilo-probe";
}

async function readActive(options: ReadProjectOptions, base: ComposeProject, view: ModelView): Promise<string[]> {
  const hasProfiles = Object.values(base.services).some((service) => (service.profiles ?? []).length > 0);
  const own = hasProfiles && view.everyProfile ? await readModel(options, ownView) : base;
  return Object.keys(own.services).sort(compareText);
}
