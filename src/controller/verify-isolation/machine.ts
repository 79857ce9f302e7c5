import { posix } from "node:path";
import type { EngineStorage } from "../../model/engine-storage.ts";

/** The engine's machine, as far as containers can have files of it. */
export interface Machine extends EngineStorage {
  /** Where the engine's socket is, with links followed. */
  engineSockets: readonly string[];
  /** What each environment has whether or not a container mounts it, by its key. */
  belongings: ReadonlyMap<string, Belongings>;
  /**
   * Where paths lead once links are followed, by the spelling the engine has of them; null where that cannot be seen
   * from here.
   */
  realPaths: ReadonlyMap<string, string | null>;
}

/** What is an environment's own on the machine. */
export interface Belongings {
  /** The directory of its copy; null where that is not known. */
  workspace: string | null;
  /** Names of the volumes that carry its label. */
  volumes: readonly string[];
}

/** Gives a path where it leads; as it is spelled where that is not known. */
export function toRealPath(path: string, { realPaths, dataRoot }: Machine): string {
  const real = realPaths.get(path);
  if (real) return real;
  const spelled = normalisePath(path);
  if (dataRoot === null) return spelled;
  // What is below the data root is for the engine alone to look at; it makes no links there.
  const root = normalisePath(dataRoot);
  return isInside(spelled, root) ? `${realPaths.get(dataRoot) ?? root}${spelled.slice(root.length)}` : spelled;
}

/**
 * Gives the places that a volume is at: its directory, and what that stands for. A place that is no path of the
 * machine, "10.0.0.5:/export", stays what it is.
 */
export function pathsOfVolume(volume: string, machine: Machine): string[] {
  const { mountpoint = null, device = null } = machine.volumes.get(volume) ?? {};
  return [mountpoint, device].flatMap((path) => (path === null ? [] : [placeOf(path, machine)]));
}

/** Gives what a volume stands for where that is a place elsewhere, else null. */
export function deviceOf(volume: string, machine: Machine): string | null {
  const device = machine.volumes.get(volume)?.device ?? null;
  return device === null ? null : placeOf(device, machine);
}

/** Tells whether a text is a path of the machine; with two slashes it is a share of a server. */
export function isHostPath(place: string): boolean {
  return /^\/(?!\/)/.test(place);
}

function placeOf(place: string, machine: Machine): string {
  if (isHostPath(place)) return toRealPath(place, machine);
  return place.replace(/(?<=[^/:])\/+$/, "");
}

function normalisePath(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, "");
}

/** Of two places where one is inside the other or is the same, the inner one; else null. */
export function innerOf(a: string, b: string): string | null {
  if (isInside(a, b)) return a;
  return isInside(b, a) ? b : null;
}

/** Tells whether a path is a directory or below it; both are absolute and without a slash at the end. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
