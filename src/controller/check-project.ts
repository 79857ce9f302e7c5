import { join, resolve } from "node:path";
import { type ComposeFiles, resolveComposeFiles } from "../compose/files.ts";
import { showPath } from "../compose/is-outside.ts";
import { type ProjectConfig, readProjectConfig } from "../compose/project-config.ts";
import { type Finding, messageOf, redactFinding } from "../model/finding.ts";
import { planCopy } from "../workspace/plan.ts";
import type { ControllerContext } from "./context.ts";
import { findPlaces } from "./find-places.ts";
import { type JudgedCopy, judgeCopy, showEnvironment } from "./judge-copy.ts";
import { deriveProjectName } from "./project-name.ts";
import { createStandInCopy, type StandInCopy, withSourcePaths } from "./stand-in-copy.ts";

/**
 * Docker's default, whatever the user's is: Compose reads a project without asking an engine, and one that cannot be used, or that nobody can tell, is no reason for it
 * not to.
 */
const unaskedEngine = "unix:///var/run/docker.sock";

export interface CheckOptions {
  /** The project's directory; any path, relative to the working directory. */
  path: string;
  onlyDirectory: boolean;
  /** Instead of those in `.cilo/config.yml`; null: those. */
  profiles: readonly string[] | null;
}

/** A finding with where the user's files say it. */
export interface LocatedFinding extends Finding {
  message: string;
  /** Whether it is of what would run: not of a service that is off with the profiles in use. */
  active: boolean;
  /** Relative to the project's directory where it is below it; null where no file says it. */
  file: string | null;
  /** From 1. */
  line: number | null;
  column: number | null;
}

export interface ProjectCheck {
  project: string;
  /** The project's directory. */
  directory: string;
  /** Its Compose files, in the order in which they are merged. */
  files: string[];
  /** Those in use. */
  profiles: string[];
  services: string[];
  /** What stays shared first, then what is refused, rewritten and kept; warnings before notes. */
  findings: LocatedFinding[];
}

/**
 * Tells what copies of a project would have in common and what cilo does about it. Asks no engine and changes nothing: no environment is made, and the one temporary
 * directory goes. Names that an environment would have are shown with ENV in the place of its own.
 * @throws CILO_SOURCE_INVALID, CILO_COMPOSE_FILE_NOT_FOUND, CILO_CONFIG_INVALID, CILO_COMPOSE_INVALID, CILO_COMPOSE_MISSING, CILO_COMPOSE_TOO_OLD,
 * CILO_PERMISSION_DENIED, CILO_DISK_FULL; CILO_USAGE for
 * profiles that no service has
 */
export async function checkProject(context: ControllerContext, options: CheckOptions): Promise<ProjectCheck> {
  const source = await readSource(context, options);
  const { root, directory, config, files } = source;
  await using runtime = context.openRuntime(unaskedEngine);
  await runtime.composeVersion();
  await using copy = await createStandInCopy(root);
  const toShown = (text: string) => showEnvironment(copy.toSource(text));
  const project = config.project ?? deriveProjectName(context.paths, directory);
  const { reading, descriptions, profilesInUse, ...judged } = await withSourcePaths(toShown, () =>
    judgeCopy(context, { runtime, project, chosenProfiles: options.profiles, ...placeInCopy(copy, source) }),
  );
  const findings = judged.findings.map((finding) => redactFinding(finding, toShown));
  const off = new Set(Object.keys(descriptions).filter((service) => !reading.active.includes(service)));
  return {
    ...{ project, directory },
    findings: await locate(findings, { ...files, directory, off }),
    files: [...files.files, ...(files.userLayer === null ? [] : [files.userLayer.file])].map((file) =>
      showPath(file, directory),
    ),
    profiles: profilesInUse,
    services: Object.keys(descriptions).sort(),
  };
}

/** What would be copied. */
interface Source {
  root: string;
  /** The project's, in the root. */
  directory: string;
  config: ProjectConfig;
  files: ComposeFiles;
}

async function readSource(context: ControllerContext, options: CheckOptions): Promise<Source> {
  const { root, projectPath } = await planCopy({
    source: resolve(context.cwd, options.path),
    home: context.paths.home,
    onlyDirectory: options.onlyDirectory,
    signal: context.signal,
  });
  const directory = join(root, projectPath);
  const config = await readProjectConfig(directory);
  const files = await resolveComposeFiles({
    projectDirectory: directory,
    workspaceRoot: root,
    configured: config.composeFiles,
    env: context.env,
  });
  return { root, directory, config, files };
}

function placeInCopy(
  { home, workspace, generated, toCopy }: StandInCopy,
  { root, directory, config, files: { files, envFiles, userLayer } }: Source,
): Omit<JudgedCopy, "runtime" | "project" | "chosenProfiles"> {
  return {
    ...{ config, generated },
    projectDirectory: toCopy(directory),
    workspaceRoot: workspace,
    surroundings: { home, standIns: join(generated, "beside"), sourceRoot: root },
    files: {
      files: files.map(toCopy),
      envFiles: envFiles.map(toCopy),
      userLayer: userLayer && { ...userLayer, file: toCopy(userLayer.file) },
    },
  };
}

async function locate(
  findings: readonly Finding[],
  options: Pick<ComposeFiles, "files" | "userLayer"> & { directory: string; off: ReadonlySet<string> },
): Promise<LocatedFinding[]> {
  const places = await findPlaces(options, findings);
  const located = findings.map((finding): LocatedFinding => {
    const { file = null, line = null, column = null } = places.get(finding) ?? {};
    const [section, name = ""] = finding.path;
    const active = section !== "services" || !options.off.has(name);
    return { ...finding, message: messageOf(finding), active, file, line, column };
  });
  return located.sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ shared, action, level }: Finding): number {
  const fate = shared ? 0 : ["refused", "rewritten", "kept"].indexOf(action) + 1;
  return 2 * fate + (level === "warning" ? 0 : 1);
}
