import { basename, join, relative, sep } from "node:path";
import { isOutside } from "./is-outside.ts";

/** Where a copy lies: around it is what belongs to cilo and to other copies. */
export interface CopySurroundings {
  /** CILO_HOME. Nothing in it but the workspace is the copy's. */
  home: string;
  /** A directory of the environment's own, for what stands in for paths that lead beside the copy. */
  standIns: string;
  /** The directory that was copied. */
  sourceRoot: string;
}

export interface Placed {
  workspaceRoot: string;
  /** Null where there is no copy: nothing is beside it then. */
  surroundings: CopySurroundings | null;
}

/** Whether a path, absolute, leads to what is around the copy, as a relative one such as `../data` does. What was beside the source is not there. */
export function isBeside({ workspaceRoot, surroundings }: Placed, path: string): boolean {
  return surroundings !== null && !isOutside(path, surroundings.home) && isOutside(path, workspaceRoot);
}

/** Whether a path leads to what belongs to cilo or to another copy; what stands in for a path beside this one does not. */
export function leadsNextDoor(placed: Placed, path: string): boolean {
  const { surroundings } = placed;
  return surroundings !== null && isBeside(placed, path) && isOutside(path, surroundings.standIns);
}

/** What a copy has in the place of a path beside it. */
export interface StandIn {
  /** A directory of the environment's own, empty at first. */
  directory: string;
  /** Where the workspace is seen in that directory: the path leads to a directory that the source is in. Null: it does not. */
  workspaceAt: string | null;
}

/** Finds what stands in for a path; null where it is not beside the copy, so that nothing needs to. */
export function findStandIn(placed: Placed, path: string): StandIn | null {
  const { workspaceRoot, surroundings } = placed;
  if (surroundings === null || !isBeside(placed, path)) return null;
  const steps = relative(join(workspaceRoot, ".."), path)
    .split(sep)
    .filter((step) => step !== "");
  const name = steps.map((step) => (step === ".." ? "up" : step)).join(sep);
  return {
    directory: join(surroundings.standIns, name === "" ? "parent" : name),
    workspaceAt: isOutside(workspaceRoot, path)
      ? null
      : namesBelow(surroundings.sourceRoot, depthOf(workspaceRoot, path)),
  };
}

function depthOf(path: string, ancestor: string): number {
  return relative(ancestor, path).split(sep).length;
}

/** The last names of a path: where the source is, seen from that many directories above it. */
function namesBelow(path: string, depth: number): string {
  const names = path.split(sep).filter((name) => name !== "");
  return names.length === 0 ? basename(path) : names.slice(-depth).join(sep);
}
