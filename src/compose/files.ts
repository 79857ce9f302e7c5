import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { CiloError } from "../base/errors.ts";
import { lookAtUserFile } from "../base/read-user-file.ts";
import { isOutside } from "./is-outside.ts";
import { readEnvFile, requireReadableSources, toUnreadableCompose } from "./readable-sources.ts";
import { readUserLayer, type UserLayer } from "./user-layer.ts";

/** Compose's own names, first found wins (compose-go, cli/options.go). */
const defaultNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrideNames = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

export interface ComposeFiles {
  /** Absolute, in the order in which they are merged. */
  files: string[];
  /** What `--env-file` must name so that the call reads the variables the user's own call reads; mostly empty. */
  envFiles: string[];
  /** What comes after `files`, and after cilo's override; mostly null. */
  userLayer: UserLayer | null;
}

interface ResolveOptions {
  projectDirectory: string;
  workspaceRoot: string;
  configured: readonly string[];
  env: NodeJS.ProcessEnv;
}

/**
 * Finds the project's Compose files as `docker compose` would: the configured list, else COMPOSE_FILE from the environment, else from `.env`,
 * else the default names in the directory or the next one above it that has them. It does not leave the workspace: what is above is another project.
 * @param options.configured paths, relative to the project directory; no override file is added to them.
 * @throws CILO_COMPOSE_FILE_NOT_FOUND; CILO_COMPOSE_INVALID, CILO_PERMISSION_DENIED when one of them, or one they name, cannot be read.
 */
export async function resolveComposeFiles(options: ResolveOptions): Promise<ComposeFiles> {
  const found = await resolveProjectFiles(options);
  const userLayer = await readUserLayer(options.projectDirectory);
  const files = [...found.files, ...(userLayer === null ? [] : [userLayer.file])];
  await requireReadableSources({ ...found, files, projectDirectory: options.projectDirectory, env: options.env });
  return { ...found, userLayer };
}

async function resolveProjectFiles(options: ResolveOptions): Promise<Omit<ComposeFiles, "userLayer">> {
  const { projectDirectory, configured, env } = options;
  if (configured.length > 0) {
    return { files: await requireAll(configured, projectDirectory, "the configured compose_files"), envFiles: [] };
  }
  if (env.COMPOSE_FILE) {
    const paths = splitPaths(env.COMPOSE_FILE, env.COMPOSE_PATH_SEPARATOR);
    return { files: await requireAll(paths, projectDirectory, "COMPOSE_FILE in the environment"), envFiles: [] };
  }
  const dotEnvFile = join(projectDirectory, ".env");
  const dotEnv = parseEnv((await readEnvFile(dotEnvFile)) ?? "");
  if (dotEnv.COMPOSE_FILE) {
    const separator = env.COMPOSE_PATH_SEPARATOR ?? dotEnv.COMPOSE_PATH_SEPARATOR;
    const files = await requireAll(
      splitPaths(dotEnv.COMPOSE_FILE, separator),
      projectDirectory,
      `COMPOSE_FILE in ${dotEnvFile}`,
    );
    return { files, envFiles: await envFilesBeside(files, dotEnvFile) };
  }
  return { files: await findDefaultFiles(options), envFiles: [] };
}

function splitPaths(list: string, separator: string | undefined): string[] {
  const paths = list.split(separator || (process.platform === "win32" ? ";" : ":"));
  return paths.map((path) => path.trim()).filter((path) => path !== "");
}

async function requireAll(paths: readonly string[], directory: string, origin: string): Promise<string[]> {
  const files = paths.map((path) => resolve(directory, path));
  const missing: string[] = [];
  for (const file of files) if (!(await isFile(file))) missing.push(file);
  if (missing.length === 0 && files.length > 0) return files;
  throw new CiloError(
    "CILO_COMPOSE_FILE_NOT_FOUND",
    `no Compose file at ${missing.join(", ") || directory}, which ${origin} asks for`,
    { hint: `create the file, or correct ${origin}`, details: { lookedFor: missing, origin } },
  );
}

/**
 * Left to itself Compose reads the `.env` that holds COMPOSE_FILE and the one beside the first file, the former winning. Called with
 * `--file` it reads the second alone, so both are named when they differ.
 */
async function envFilesBeside(files: readonly string[], dotEnvFile: string): Promise<string[]> {
  const beside = join(dirname(files[0] ?? dotEnvFile), ".env");
  if (beside === dotEnvFile) return [];
  return (await isFile(beside)) ? [beside, dotEnvFile] : [dotEnvFile];
}

async function findDefaultFiles(options: { projectDirectory: string; workspaceRoot: string }): Promise<string[]> {
  const directories = directoriesUpTo(options.projectDirectory, options.workspaceRoot);
  for (const directory of directories) {
    const base = await firstFile(directory, defaultNames);
    if (base === null) continue;
    const override = await firstFile(directory, overrideNames);
    return override === null ? [base] : [base, override];
  }
  throw new CiloError(
    "CILO_COMPOSE_FILE_NOT_FOUND",
    `no Compose file in ${directories.join(" or ")}: looked for ${defaultNames.join(", ")}`,
    {
      hint: `create ${join(options.projectDirectory, "compose.yaml")}, or list the files under compose_files in ${join(options.projectDirectory, ".cilo/config.yml")}`,
      details: { lookedFor: directories.flatMap((directory) => defaultNames.map((name) => join(directory, name))) },
    },
  );
}

/** The directory and those above it, up to and with the root; only itself when it is not below the root. */
function directoriesUpTo(directory: string, root: string): string[] {
  if (isOutside(directory, root)) return [directory];
  const directories = [directory];
  for (let current = directory; current !== resolve(root) && dirname(current) !== current; ) {
    current = dirname(current);
    directories.push(current);
  }
  return directories;
}

async function firstFile(directory: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const file = join(directory, name);
    if (await isFile(file)) return file;
  }
  return null;
}

/** @throws CILO_COMPOSE_INVALID, CILO_PERMISSION_DENIED where something is there that cannot be read; a directory is none. */
async function isFile(path: string): Promise<boolean> {
  const look = await lookAtUserFile(path);
  if (look.kind === "unreadable" && !look.problem.isDirectory) throw toUnreadableCompose(path, look.problem);
  return look.kind === "file";
}
