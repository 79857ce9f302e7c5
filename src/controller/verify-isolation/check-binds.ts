import { type Check, type CheckFinding, toCheck } from "./check.ts";
import { countContainers } from "./check-ports.ts";
import { findTrespassing } from "./find-trespassing.ts";
import type { Machine } from "./machine.ts";
import { type MountedPlace, placesOf, sharedPath } from "./mounted-places.ts";
import type { Subject } from "./subject.ts";

/**
 * No file or directory of the machine is in both environments, by whatever path or volume, unless neither can write to
 * it; and none has the engine's socket, the engine's data or the other's workspace. A directory counts with all that is
 * below it, and a link as what it leads to.
 */
export function checkBinds(first: Subject, second: Subject, machine: Machine): Check {
  const ofFirst = placesOf(first, machine);
  const ofSecond = placesOf(second, machine);
  const findings: CheckFinding[] = [];
  const trespassing = new Set<MountedPlace>();
  for (const [places, other] of [
    [ofFirst, second.key],
    [ofSecond, first.key],
  ] as const) {
    for (const place of places) {
      const finding = findTrespassing(place, other, machine);
      if (finding === null) continue;
      trespassing.add(place);
      findings.push(finding);
    }
  }
  // One mount that has too much has much in common with many: that it has too much is enough.
  const [restOfFirst = [], restOfSecond = []] = [ofFirst, ofSecond].map((places) =>
    places.filter((place) => !trespassing.has(place)),
  );
  findings.push(...findShared(restOfFirst, restOfSecond), ...findUnseen([...restOfFirst, ...restOfSecond], machine));
  return toCheck("binds", { findings, summary: `${countContainers([first, second])} containers` });
}

function findShared(ofFirst: readonly MountedPlace[], ofSecond: readonly MountedPlace[]): CheckFinding[] {
  const findings = new Map<string, CheckFinding>();
  for (const place of ofFirst) {
    for (const other of ofSecond) {
      // Two volumes are another check's.
      if ((place.kind === "volume" && other.kind === "volume") || (place.readOnly && other.readOnly)) continue;
      const shared = sharedPath(place.paths, other.paths);
      if (shared === null) continue;
      const key = JSON.stringify([shared, place.container, other.container]);
      if (!findings.has(key)) findings.set(key, toFinding(shared, place, other));
    }
  }
  return [...findings.values()];
}

function toFinding(shared: string, place: MountedPlace, other: MountedPlace): CheckFinding {
  const pair = [place, other];
  const writers = pair.filter(({ readOnly }) => !readOnly).map(({ container }) => container);
  const [where, counterpart] = pair.map(
    (each) => `${each.container} of ${each.environment}${describeSource(each, shared)}`,
  );
  return {
    status: "failed",
    message: `${shared} of this machine is in container ${where} and in ${counterpart}, and ${writers[0]} can write to it`,
    hint: "move it into the project, so that each copy has its own, or mount it read-only in every service",
    details: { source: shared, containers: pair.map(({ container }) => container), writers },
  };
}

/** What of the container it is, where that is not the shared path itself: " (in /srv)", " (as volume data)". */
function describeSource({ kind, name, paths }: MountedPlace, shared: string): string {
  const isWhole = paths.includes(shared);
  if (kind === "bind" && isWhole && name.replace(/(?<=.)\/$/, "") === shared) return "";
  return ` (${isWhole ? "as" : "in"} ${kind === "volume" ? "volume " : ""}${name})`;
}

/** Of a path that may be a link, what it has in common with others shows only where it leads. */
function findUnseen(places: readonly MountedPlace[], { realPaths }: Machine): CheckFinding[] {
  const unseen = places.filter(({ kind, name }) => kind === "bind" && (realPaths.get(name) ?? null) === null);
  const groups = Map.groupBy(unseen, ({ environment, name }) => JSON.stringify([environment, name]));
  return [...groups.values()].flatMap((group): CheckFinding[] => {
    const [first] = group;
    if (!first) return [];
    const { environment, name } = first;
    const containers = [...new Set(group.map(({ container }) => container))];
    return [
      {
        status: "unproven",
        message: `where ${name} leads, which ${containers.join(", ")} of ${environment} has, cannot be seen from here`,
        hint: "run the same command on the engine's machine, as a user who can read that path",
        details: { environment, source: name, containers },
      },
    ];
  });
}
