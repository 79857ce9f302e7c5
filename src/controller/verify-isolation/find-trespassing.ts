import type { CheckFinding } from "./check.ts";
import { innerOf, isInside, type Machine, toRealPath } from "./machine.ts";
import type { MountedPlace } from "./mounted-places.ts";

interface Possession {
  /** What a container then has; the object of "has". */
  what(spelling: string): string;
  /** Whether one that has this path has it. */
  isAt(path: string): boolean;
}

/**
 * Tells what of the machine a container has that none of its environment may have, also where it is read-only: the
 * engine's socket, the engine's own data, or the workspace or a volume of the other environment.
 * @param other the other environment's key.
 * @returns the worst of it, or null.
 */
export function findTrespassing(place: MountedPlace, other: string, machine: Machine): CheckFinding | null {
  for (const { what, isAt } of possessionsOf(place, other, machine)) {
    const path = place.paths.find(isAt);
    if (path === undefined) continue;
    return {
      status: "failed",
      message: `container ${place.container} of ${place.environment} has ${what(spell(place, path))}`,
      hint: "take the mount out of the service, also where it is read-only",
      details: { container: place.container, environment: place.environment, source: place.name, path },
    };
  }
  return null;
}

/** The worst first. */
function possessionsOf(place: MountedPlace, other: string, machine: Machine): Possession[] {
  const { workspace = null, volumes = [] } = machine.belongings.get(other) ?? {};
  return [
    {
      what: (spelling) => `the engine's socket (${spelling}), and with it every container of the other environment`,
      isAt: (path) => machine.engineSockets.some((socket) => isInside(socket, path)),
    },
    {
      what: (spelling) => `data of the engine (${spelling}), and with it files of every container`,
      isAt: (path) => isEngineData(path, machine),
    },
    {
      what: (spelling) => `files of the workspace of ${other} (${spelling})`,
      isAt: (path) => workspace !== null && innerOf(path, toRealPath(workspace, machine)) !== null,
    },
    // A volume that both mount as such is another check's.
    ...(place.kind === "bind" ? volumes : []).map((volume) => ({
      what: (spelling: string) => `volume ${volume} of ${other} as a directory of the machine (${spelling})`,
      isAt: (path: string) => {
        const mountpoint = machine.volumes.get(volume)?.mountpoint ?? null;
        return mountpoint !== null && innerOf(path, toRealPath(mountpoint, machine)) !== null;
      },
    })),
  ];
}

/** A volume's own directory is no more than that volume; whose that is, is asked besides. */
function isEngineData(path: string, machine: Machine): boolean {
  const { dataRoot, volumes } = machine;
  if (dataRoot === null || innerOf(path, toRealPath(dataRoot, machine)) === null) return false;
  return ![...volumes.values()].some(
    ({ mountpoint }) => mountpoint !== null && isInside(path, toRealPath(mountpoint, machine)),
  );
}

/** "/srv/real", "/srv/link, which is /srv/real", "volume data, which is /srv/real" */
function spell({ kind, name }: MountedPlace, path: string): string {
  if (kind === "volume") return `volume ${name}, which is ${path}`;
  return path === name.replace(/(?<=.)\/$/, "") ? path : `${name}, which is ${path}`;
}
