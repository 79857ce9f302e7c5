import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { CiloError, hasErrorCode, messageOf } from "../../base/errors.ts";
import { lookAtUserFile } from "../../base/read-user-file.ts";

/** Reads a text file; rejects as node:fs does (ENOENT). */
export type ReadTextFile = (path: string) => Promise<string>;

/** What is used of the docker program's `config.json`. */
export interface DockerConfig {
  /** Null when it names none or "default", which both mean the default socket. */
  currentContext: string | null;
  /** Folders of CLI plugins, besides the usual ones. */
  pluginDirectories: string[];
}

/** What is used of a context that `docker context create` made. */
export interface DockerContext {
  name: string;
  /** As DOCKER_HOST takes it. */
  host: string;
}

const configSchema = v.object({
  currentContext: v.optional(v.string(), ""),
  cliPluginsExtraDirs: v.optional(v.nullable(v.array(v.string())), null),
});

const contextSchema = v.object({
  Name: v.string(),
  Endpoints: v.object({ docker: v.object({ Host: v.string() }) }),
});

/** The folder with `config.json` and `contexts`: DOCKER_CONFIG, else ~/.docker. */
export function dockerConfigDirectory(env: NodeJS.ProcessEnv): string {
  return env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
}

/**
 * Reads a text file as `ReadTextFile`, and nothing that has no end or waits for a writer.
 * @throws CILO_ENGINE_UNREACHABLE, without a cause, for a named pipe, a socket, a device and what is very large.
 */
export async function readDockerFile(path: string): Promise<string> {
  const look = await lookAtUserFile(path);
  if (look.kind === "unreadable" && look.problem.cause === undefined && !look.problem.isDirectory) {
    throw new CiloError("CILO_ENGINE_UNREACHABLE", `cannot read ${path}: it ${look.problem.text}`, {
      hint: "put the file itself there, or name another folder in DOCKER_CONFIG",
    });
  }
  return await readFile(path, "utf8");
}

/**
 * Reads `config.json`; a missing one is an empty one.
 * @throws CILO_ENGINE_UNREACHABLE when it cannot be read or parsed: then nobody knows which engine is meant.
 */
export async function readDockerConfig(directory: string, readFile: ReadTextFile): Promise<DockerConfig> {
  const path = join(directory, "config.json");
  const config = await readJson(path, { schema: configSchema, readFile });
  const currentContext = config?.currentContext ?? "";
  return {
    currentContext: isDefaultContext(currentContext) ? null : currentContext,
    pluginDirectories: config?.cliPluginsExtraDirs ?? [],
  };
}

/** Tells whether a context's name stands for the default socket, not for a context on disk. */
export function isDefaultContext(name: string): boolean {
  return name === "" || name === "default";
}

/**
 * Reads a context by its name; null when there is none.
 * @throws CILO_ENGINE_UNREACHABLE when it cannot be read or parsed.
 */
export async function readDockerContext(
  name: string,
  options: { directory: string; readFile: ReadTextFile },
): Promise<DockerContext | null> {
  return readContextFile(join(contextsDirectory(options.directory), contextFolder(name)), options.readFile);
}

/** Reads every context on disk, in no particular order. */
export async function listDockerContexts(directory: string, readFile: ReadTextFile): Promise<DockerContext[]> {
  const contexts: DockerContext[] = [];
  for (const folder of await readFolder(contextsDirectory(directory))) {
    const context = await readContextFile(join(contextsDirectory(directory), folder), readFile);
    if (context !== null) contexts.push(context);
  }
  return contexts;
}

async function readContextFile(folder: string, readFile: ReadTextFile): Promise<DockerContext | null> {
  const context = await readJson(join(folder, "meta.json"), { schema: contextSchema, readFile });
  return context === null ? null : { name: context.Name, host: context.Endpoints.docker.Host };
}

function contextsDirectory(directory: string): string {
  return join(directory, "contexts", "meta");
}

async function readFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** The folder that may hold a context's ca.pem, cert.pem and key.pem. */
export function contextTlsDirectory(directory: string, name: string): string {
  return join(directory, "contexts", "tls", contextFolder(name), "docker");
}

/** The docker program names a context's folders by a hash, so that any name can be one. */
function contextFolder(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

async function readJson<T>(
  path: string,
  options: { schema: v.GenericSchema<unknown, T>; readFile: ReadTextFile },
): Promise<T | null> {
  try {
    return v.parse(options.schema, JSON.parse(await options.readFile(path)));
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    if (error instanceof CiloError) throw error;
    throw new CiloError("CILO_ENGINE_UNREACHABLE", `cannot tell which engine is meant: ${path}: ${messageOf(error)}`, {
      hint: `repair ${path}, or name the engine: run "export DOCKER_HOST=unix:///var/run/docker.sock"`,
      cause: error,
    });
  }
}
