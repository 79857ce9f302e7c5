import { type Check, type CheckFinding, toCheck } from "./check.ts";
import { countContainers } from "./check-ports.ts";
import { deviceOf, innerOf, isHostPath, type Machine } from "./machine.ts";
import type { Subject } from "./subject.ts";

/** A volume as one environment has it. */
interface Use {
  volume: string;
  /** What it stands for when that is a place elsewhere, with links followed. */
  device: string | null;
  containers: string[];
  writers: string[];
}

/**
 * No volume is mounted in both environments, nor two that stand for the same place or for one inside the other, unless
 * neither can write to it.
 */
export function checkVolumes(first: Subject, second: Subject, machine: Machine): Check {
  const ofFirst = usesOf(first, machine);
  const ofSecond = usesOf(second, machine);
  const shared = ofFirst.flatMap((use) =>
    ofSecond.flatMap((other) => {
      const what = describeShared(use, other);
      const writers = [...use.writers, ...other.writers];
      return what === null || writers.length === 0 ? [] : [toFinding(what, [use, other], [first, second])];
    }),
  );
  const findings = [...shared, ...findUnseen([...ofFirst, ...ofSecond], machine)];
  return toCheck("volumes", { findings, summary: `${countContainers([first, second])} containers` });
}

function usesOf({ containers }: Subject, machine: Machine): Use[] {
  const mounts = containers.flatMap(({ name, mounts }) =>
    mounts.filter(({ kind }) => kind === "volume").map(({ source, readOnly }) => ({ source, name, readOnly })),
  );
  return [...Map.groupBy(mounts, ({ source }) => source)].map(([volume, group]) => ({
    volume,
    device: deviceOf(volume, machine),
    containers: [...new Set(group.map(({ name }) => name))],
    writers: [...new Set(group.filter(({ readOnly }) => !readOnly).map(({ name }) => name))],
  }));
}

/** The subject of the sentence, with its verb; null where they have nothing in common. */
function describeShared(a: Use, b: Use): string | null {
  if (a.volume === b.volume) return `volume ${a.volume} is`;
  if (a.device === null || b.device === null || innerOf(a.device, b.device) === null) return null;
  const names = `volumes ${a.volume} and ${b.volume}`;
  if (a.device === b.device) return `${names} stand for the same place, ${a.device}, and are`;
  return `${names} stand for places one inside the other, ${a.device} and ${b.device}, and are`;
}

function toFinding(
  what: string,
  [a, b]: readonly [Use, Use],
  [first, second]: readonly [Subject, Subject],
): CheckFinding {
  const writers = [...a.writers, ...b.writers];
  return {
    status: "failed",
    message: `${what} mounted in ${first.key} (${a.containers.join(", ")}) and in ${second.key} (${b.containers.join(", ")}), and ${writers[0]} can write to it`,
    hint: "give each copy its own, or mount it read-only in every service",
    details: {
      volumes: [...new Set([a.volume, b.volume])],
      device: a.device,
      containers: [...a.containers, ...b.containers],
      writers,
    },
  };
}

/** Where the place that a volume stands for may be a link, what it is shows only where that leads. */
function findUnseen(uses: readonly Use[], { volumes, realPaths }: Machine): CheckFinding[] {
  const places = new Map(uses.map(({ volume }) => [volume, volumes.get(volume)?.device ?? null]));
  return [...places].flatMap(([volume, device]): CheckFinding[] => {
    if (device === null || !isHostPath(device) || (realPaths.get(device) ?? null) !== null) return [];
    return [
      {
        status: "unproven",
        message: `where ${device} leads, which volume ${volume} stands for, cannot be seen from here`,
        hint: "run the same command on the engine's machine, as a user who can read that path",
        details: { volume, device },
      },
    ];
  });
}
