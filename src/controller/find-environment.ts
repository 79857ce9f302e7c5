import { isAbsolute, relative, sep } from "node:path";
import { CiloError } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { isSlug, toSlug } from "../model/names.ts";
import type { State } from "../model/state.ts";

export interface EnvironmentReference {
  /** What the user wrote: "shop/login" or "login". */
  text: string;
  /** From `--project`, or null. */
  project: string | null;
  /** The project of the working directory, or null. */
  currentProject: string | null;
}

/**
 * Finds the environment a user means: an exact key, else the one of the project given or of the working directory, else the only one of that name.
 * @throws CILO_ENVIRONMENT_NOT_FOUND, CILO_ENVIRONMENT_AMBIGUOUS with the candidates.
 */
export function findEnvironment(state: State, reference: EnvironmentReference): Environment {
  const environments = Object.values(state.hosts.local.environments);
  const { project, name } = splitReference(reference.text, reference.project);
  const named = environments.filter((environment) => environment.name === name);
  const exact = named.find((environment) => environment.project === (project ?? reference.currentProject));
  if (exact) return exact;
  const [only, ...others] = project === null ? named : [];
  if (only && others.length === 0) return only;
  if (only) throw ambiguous(name, named);
  throw notFound(reference.text, project, environments);
}

/**
 * Takes "shop/login" apart. Text that is not two slugs stays whole: as a name it is refused with a suggestion.
 * @param project from `--project`, or null.
 * @throws CILO_USAGE when both name a project, and not the same.
 */
export function splitReference(text: string, project: string | null): { project: string | null; name: string } {
  const [first, second, ...rest] = text.split("/");
  if (first === undefined || second === undefined || rest.length > 0 || !isSlug(first) || !isSlug(second)) {
    return { project, name: text };
  }
  if (project !== null && project !== first) {
    throw new CiloError("CILO_USAGE", `"${text}" and "--project ${project}" name two projects`, {
      hint: `leave one out: "${text}", or "${second} --project ${project}"`,
    });
  }
  return { project: first, name: second };
}

function ambiguous(name: string, candidates: readonly Environment[]): CiloError {
  const keys = candidates.map(keyOf).sort();
  return new CiloError("CILO_ENVIRONMENT_AMBIGUOUS", `"${name}" may mean ${keys.join(" or ")}`, {
    hint: `name it exactly, for example "${keys[0]}"`,
    details: { candidates: keys },
  });
}

function notFound(text: string, project: string | null, environments: readonly Environment[]): CiloError {
  const keys = environments.map(keyOf).sort();
  const wanted = project === null || text.includes("/") ? text : `${project}/${text}`;
  const slug = toSlug(wanted.split("/").at(-1) ?? "");
  return new CiloError("CILO_ENVIRONMENT_NOT_FOUND", `there is no environment "${wanted}"`, {
    hint:
      keys.length === 0
        ? `create it with "cilo create ${slug ?? "NAME"} --from DIRECTORY"`
        : `choose one of ${keys.slice(0, 8).join(", ")}${keys.length > 8 ? ', … (run "cilo list")' : ""}`,
    details: { environments: keys },
  });
}

/** Where the user is and what it is compared with; all of it absolute, and without symbolic links as far as it exists. */
export interface WorkingPlace {
  directory: string;
  /** The directory of all workspaces. */
  envs: string;
  /** The sources that state names, by how it names them; one that is missing here is compared as state names it. */
  realSources: ReadonlyMap<string, string>;
}

/**
 * The project that a directory belongs to: that of the workspace it is in, else of the environments copied from it or from a directory above it, else the one
 * called like the directory itself, when it has environments.
 * @returns null when the directory says nothing.
 */
export function projectOfDirectory(state: State, { directory, envs, realSources }: WorkingPlace): string | null {
  const inEnvs = pathInside(envs, directory);
  if (inEnvs) return inEnvs.split(sep)[0] ?? null;
  const environments = Object.values(state.hosts.local.environments);
  const [nearest] = environments
    .flatMap(({ project, source }) =>
      [source, realSources.get(source) ?? source].map((path) => ({ project, path: pathInside(path, directory) })),
    )
    .flatMap(({ project, path }) => (path === null ? [] : [{ project, depth: depthOf(path) }]))
    .sort((a, b) => a.depth - b.depth);
  if (nearest) return nearest.project;
  const slug = toSlug(directory.split(sep).at(-1) ?? "");
  return environments.some((environment) => environment.project === slug) ? slug : null;
}

/** How many directories a path without "." and ".." goes down. */
function depthOf(path: string): number {
  return path === "" ? 0 : path.split(sep).length;
}

/** The path from `outer` to `inner`, "" when they are the same, null when `inner` is not inside. */
export function pathInside(outer: string, inner: string): string | null {
  const path = relative(outer, inner);
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path) ? null : path;
}
