import { join, resolve } from "node:path";
import { CiloError } from "../base/errors.ts";
import { type ComposeFiles, resolveComposeFiles } from "../compose/files.ts";
import { requireProfiles } from "../compose/profiles.ts";
import { type ProjectConfig, readProjectConfig } from "../compose/project-config.ts";
import { toComposeArgs } from "../compose/run-compose.ts";
import { type CopyPlan, planCopy } from "../workspace/plan.ts";
import type { ControllerContext } from "./context.ts";

/** A directory that can become an environment. */
export interface SourceProject {
  plan: CopyPlan;
  /** The project itself, within what is copied. */
  directory: string;
  config: ProjectConfig;
}

export interface SourceOptions {
  /** Any path; relative to the working directory. */
  from: string;
  onlyDirectory: boolean;
  /** Profiles that are to be on; null: those the project's own files say. */
  profiles: readonly string[] | null;
}

/** What `docker compose config` may take; a project that includes a remote repository is the slow one. */
const configTimeoutMs = 60_000;

/**
 * Looks at a project that is to be copied; changes nothing.
 * @throws CILO_USAGE for profiles that no service has, CILO_SOURCE_INVALID, CILO_COMPOSE_FILE_NOT_FOUND, CILO_COMPOSE_INVALID, CILO_CONFIG_INVALID
 */
export async function readSource(context: ControllerContext, options: SourceOptions): Promise<SourceProject> {
  const plan = await planCopy({
    source: resolve(context.cwd, options.from),
    home: context.paths.home,
    onlyDirectory: options.onlyDirectory,
    signal: context.signal,
  });
  const directory = join(plan.root, plan.projectPath);
  const config = await readProjectConfig(directory);
  const files = await resolveComposeFiles({
    projectDirectory: directory,
    workspaceRoot: plan.root,
    configured: config.composeFiles,
    env: context.env,
  });
  const known = options.profiles === null ? null : await listProfiles(context, files, directory);
  if (options.profiles !== null && known !== null) requireProfiles(options.profiles, known, null);
  return { plan, directory, config };
}

/** The profiles there are; null where Compose is missing, or cannot read the project as it is in the source: `up` is left to tell. */
async function listProfiles(
  context: ControllerContext,
  { files, envFiles, userLayer }: ComposeFiles,
  directory: string,
): Promise<string[] | null> {
  try {
    const { endpoint } = await context.resolveEndpoint();
    await using engine = context.openRuntime(endpoint);
    const layer = userLayer === null ? [] : [userLayer.file];
    const selection = { composeProject: "cilo-probe", files: [...files, ...layer], envFiles, profiles: [] };
    const { exitCode, stdout } = await engine.compose({
      args: [...toComposeArgs(selection), "config", "--profiles"],
      cwd: directory,
      env: context.env,
      signal: context.signal,
      timeoutMs: configTimeoutMs,
    });
    return exitCode === 0 ? stdout.split("\n").filter((line) => line !== "") : null;
  } catch (error) {
    if (error instanceof CiloError) return null;
    throw error;
  }
}
