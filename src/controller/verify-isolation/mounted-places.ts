import { innerOf, type Machine, pathsOfVolume, toRealPath } from "./machine.ts";
import type { Subject } from "./subject.ts";

/** Something of the machine that a container has. */
export interface MountedPlace {
  kind: "bind" | "volume";
  environment: string;
  container: string;
  /** As the engine says it: a path, or a volume's name. */
  name: string;
  /** Where it is with links followed; a volume may be at several places. */
  paths: readonly string[];
  readOnly: boolean;
}

/** Gives what of the machine the containers of an environment have, in any state. */
export function placesOf({ key, containers }: Subject, machine: Machine): MountedPlace[] {
  return containers.flatMap((container) =>
    container.mounts.flatMap(({ kind, source, readOnly }): MountedPlace[] => {
      if (kind === "other") return [];
      const paths = kind === "bind" ? [toRealPath(source, machine)] : pathsOfVolume(source, machine);
      return [{ kind, environment: key, container: container.name, name: source, paths, readOnly }];
    }),
  );
}

/** Of two places what both have of the machine, the inner path; else null. */
export function sharedPath(a: readonly string[], b: readonly string[]): string | null {
  for (const path of a) {
    for (const other of b) {
      const inner = innerOf(path, other);
      if (inner !== null) return inner;
    }
  }
  return null;
}
