import { createHash } from "node:crypto";
import { basename } from "node:path";
import { keyOf } from "../../model/environment.ts";
import { isSlug, maxSlugLength, parseSlug, type SlugKind, toSlug } from "../../model/names.ts";

/** What the Go program recorded of an environment's name: anything, for it checked little. */
export interface OldName {
  /** "project/name" as a rule, but "name" and "/name" too. */
  key: string;
  project: string;
  name: string;
  /** The directory it was copied from; gives the project its name when none was recorded. */
  source: string;
}

export interface NewName {
  project: string;
  name: string;
}

/**
 * Gives every old environment a name that is allowed now and its own. Those whose names are allowed keep them, whatever their place in
 * the list; the others are slugged in the order given, and numbered where the slug is taken.
 * @returns the same list, each entry with its name.
 */
export function renameEnvironments<T extends OldName>(environments: readonly T[]): (T & { renamed: NewName })[] {
  const taken = new Set<string>();
  function claim(name: NewName): NewName {
    taken.add(keyOf(name));
    return name;
  }
  const kept = environments.map(({ project, name }) => {
    const allowed = isAllowed(project, "project") && isAllowed(name, "environment");
    return allowed && !taken.has(keyOf({ project, name })) ? claim({ project, name }) : null;
  });
  return environments.map((old, index) => ({ ...old, renamed: kept[index] ?? claim(chooseName(old, taken)) }));
}

function chooseName(old: OldName, taken: ReadonlySet<string>): NewName {
  const separator = old.key.indexOf("/");
  const project = slug(old.project || old.key.slice(0, Math.max(separator, 0)) || basename(old.source), "project");
  const wanted = slug(old.name || old.key.slice(separator + 1), "environment");
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : withEnding(wanted, `-${count}`);
    if (!taken.has(keyOf({ project, name }))) return { project, name };
  }
}

function slug(text: string, kind: SlugKind): string {
  const prefix = kind === "project" ? "project" : "env";
  const candidate = toSlug(text) ?? createHash("sha256").update(text).digest("hex").slice(0, 6);
  return isAllowed(candidate, kind) && toSlug(text) !== null ? candidate : withEnding(prefix, `-${candidate}`);
}

function withEnding(text: string, ending: string): string {
  const kept = text.slice(0, Math.max(maxSlugLength - ending.length, 1)).replace(/-+$/, "");
  return `${kept}${ending}`.slice(0, maxSlugLength);
}

function isAllowed(text: string, kind: SlugKind): boolean {
  if (!isSlug(text)) return false;
  try {
    return parseSlug(text, kind) === text;
  } catch {
    return false;
  }
}
