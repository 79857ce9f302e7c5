import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, relative } from "node:path";
import { exec } from "../../src/base/exec.ts";
import type { CorpusCase } from "./corpus-cases.ts";
import { type MovedBind, renderStandInFile } from "./stand-in-file.ts";
import { ComposeRefusal, type Model, type ModelService, readCanonicalModel } from "./stand-in-model.ts";

/** A real project, copied and made to run on stand-ins. */
export interface StandInProject {
  /** What `cilo create --from` is given. */
  directory: string;
  /** Name of the stand-in image. */
  image: string;
  /** As the project's own files say it, with the profiles of the case. */
  model: Model;
  /** With the stand-ins' file. */
  running: Model;
}

export interface StandInRequest {
  corpusCase: CorpusCase;
  /** Directory that the copy goes into, and what stands in for the host's files. */
  root: string;
  /** Name of the stand-in image. */
  image: string;
  /** Whether the engine may run containers with all rights. */
  canBePrivileged: boolean;
}

const standInFile = "cilo-stand-in.yml";
/** Levels a project lies below the directory it is copied to: as far as a path of one may lead out of it. */
const levels = ["a", "b", "c"];

/**
 * Copies a case and adds what it lacks to run: files and directories it mounts, contexts it builds from, a Compose file with the stand-ins, and `.cilo/config.yml`. A
 * project whose paths lead out of it becomes part of a git repository that has them too.
 * @throws ComposeRefusal
 */
export async function makeStandInProject({
  corpusCase,
  root,
  image,
  canBePrivileged,
}: StandInRequest): Promise<StandInProject> {
  const { files, profiles } = corpusCase;
  const top = join(root, "source");
  const directory = join(top, ...levels, corpusCase.directory.split("/").at(-1) ?? "");
  await cp(corpusCase.directory, directory, { recursive: true });
  const model = await readCanonicalModel({ directory, files, profiles });
  const every = await readEveryService({ directory, files, profiles }, model);

  const place = (path: string) => (isInside(top, path) ? path : join(root, "outside", path));
  const movedBinds: Record<string, MovedBind[]> = {};
  for (const [name, service] of Object.entries(every.services)) {
    movedBinds[name] = await provideBinds(service, place);
  }
  await provideContexts(every, image);
  const secretFiles = await provideSources(every.secrets, join(root, "outside/secrets"));
  const configFiles = await provideSources(every.configs, join(root, "outside/configs"));
  const text = renderStandInFile({ model: every, image, canBePrivileged, movedBinds, secretFiles, configFiles });
  await writeFile(join(directory, standInFile), text);
  const allFiles = [...files, standInFile];
  await mkdir(join(directory, ".cilo"), { recursive: true });
  await writeFile(join(directory, ".cilo/config.yml"), JSON.stringify({ compose_files: allFiles, profiles }));
  await makeRepository(top, directory, every);
  return {
    directory,
    image,
    model,
    running: await readCanonicalModel({ directory, files: allFiles, profiles }),
  };
}

/** Services of other profiles are in the copies' model too. Some projects are valid with some of them at a time only. */
async function readEveryService(request: { directory: string; files: string[]; profiles: string[] }, model: Model) {
  try {
    return await readCanonicalModel({ ...request, profiles: ["*"] });
  } catch (error) {
    if (error instanceof ComposeRefusal) return model;
    throw error;
  }
}

/** Makes what is missing. What is the host's is left to the host: unless it is there and only read, something else is mounted. */
async function provideBinds(service: ModelService, place: (path: string) => string): Promise<MovedBind[]> {
  const moved: MovedBind[] = [];
  for (const { type, source, target, read_only: readOnly = false } of service.volumes ?? []) {
    if (type !== "bind" || source === undefined || (readOnly && existsSync(source))) continue;
    const path = place(source);
    await provide(path);
    if (path !== source) moved.push({ source: path, target, readOnly });
  }
  return moved;
}

/** Compose would make a directory of all that is missing; here a name with an extension is a file's. */
async function provide(path: string): Promise<void> {
  if (existsSync(path)) return;
  const isFile = extname(path) !== "" && !path.endsWith("/");
  await mkdir(isFile ? dirname(path) : path, { recursive: true });
  if (isFile) await writeFile(path, "");
}

/** Services may build from stages of one Dockerfile; a build that names no stage gets the last. */
async function provideContexts({ services }: Model, image: string): Promise<void> {
  const stages = new Map<string, Set<string>>();
  for (const { build } of Object.values(services)) {
    if (build === undefined) continue;
    const { context, additional_contexts: further = {} } = build;
    for (const path of [context, ...Object.values(further)])
      if (isAbsolute(path)) await mkdir(path, { recursive: true });
    const dockerfile = join(context, build.dockerfile ?? "Dockerfile");
    if (build.dockerfile_inline !== undefined || (!stages.has(dockerfile) && existsSync(dockerfile))) continue;
    stages.set(dockerfile, (stages.get(dockerfile) ?? new Set()).add(build.target ?? "last"));
    await mkdir(dirname(dockerfile), { recursive: true });
    const lines = [...(stages.get(dockerfile) ?? [])].map((stage) => `FROM ${image} AS ${stage}\n`);
    await writeFile(dockerfile, lines.join(""));
  }
}

/** Makes missing files of secrets or configs; those kept by a swarm get a file outside the project, which is given back. */
async function provideSources(sources: Model["secrets"], directory: string): Promise<Record<string, string>> {
  const outside: Record<string, string> = {};
  for (const [name, { file, external }] of Object.entries(sources ?? {})) {
    const path = external ? join(directory, name) : file;
    if (path === undefined) continue;
    if (external) outside[name] = path;
    if (existsSync(path)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "stand-in\n");
  }
  return outside;
}

async function makeRepository(top: string, directory: string, model: Model): Promise<void> {
  const services = Object.values(model.services);
  const paths = [
    ...services.flatMap(({ build }) => (build ? [build.context] : [])),
    ...services.flatMap(({ volumes }) =>
      (volumes ?? []).flatMap(({ type, source }) => (type === "bind" && source ? [source] : [])),
    ),
  ].filter((path) => isInside(top, path));
  const above = Math.max(
    0,
    ...paths.map(
      (path) =>
        relative(directory, path)
          .split("/")
          .filter((part) => part === "..").length,
    ),
  );
  if (above === 0) return;
  const repository = join(directory, ...Array.from({ length: above }, () => ".."));
  const result = await exec("git", ["init", "--quiet", repository], { timeoutMs: 10_000 });
  if (result.exitCode !== 0) throw new Error(`git init: ${result.stderr}`);
}

function isInside(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Names of the images that services run without building them; those by digest are the stand-in file's business. */
export function imagesOf({ running, image: standIn }: StandInProject): string[] {
  const services = Object.values(running.services);
  const built = new Set(services.flatMap(({ build, image }) => (build && image ? [image] : [])));
  const bases = services.flatMap(({ build }) => build?.dockerfile_inline?.match(/^FROM (\S+)/m)?.[1] ?? []);
  const run = services.flatMap(({ build, image }) => (build || image === undefined ? [] : [image]));
  return [...new Set([...run, ...bases])].filter((image) => image !== standIn && !built.has(image));
}

/** Variables that secrets and configs are taken from, with something to take. */
export function variablesOf({ running }: StandInProject): Record<string, string> {
  const sources = Object.values({ ...running.secrets, ...running.configs });
  return Object.fromEntries(sources.flatMap(({ environment }) => (environment ? [[environment, "stand-in"]] : [])));
}

/** Whom services say they run as. */
export function usersOf({ running }: StandInProject): string[] {
  return Object.values(running.services).flatMap(({ user }) => (user === undefined ? [] : [user]));
}
