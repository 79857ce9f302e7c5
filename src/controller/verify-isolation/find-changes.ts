import { isDeepStrictEqual } from "node:util";
import type { ContainerSetup } from "../../model/container-setup.ts";
import type { CheckFinding } from "./check.ts";
import type { Subject } from "./subject.ts";

/** What a container did while it was probed. */
type ChangeKind = "came-up" | "ended" | "started-again" | "moved";

/** A container that is not at the end of the probing what it was at the beginning. */
export interface ContainerChange {
  /** The environment's key. */
  environment: string;
  container: string;
  kind: ChangeKind;
}

/**
 * Finds what changed of an environment's containers while it was probed: that nothing arrived at one says nothing when
 * it was not there all the time.
 * @param now its containers when the probing is over.
 */
export function findChanges({ key, containers }: Subject, now: readonly ContainerSetup[]): ContainerChange[] {
  const [before, after] = [containers, now].map(byName);
  const names = [...new Set([...containers, ...now].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const kind = changeOf(before?.get(name), after?.get(name));
    return kind === null ? [] : [{ environment: key, container: name, kind }];
  });
}

/** All but those in the namespace of the machine, or in one without networks: neither is probed. */
function byName(containers: readonly ContainerSetup[]): Map<string, ContainerSetup> {
  const probed = containers.filter(({ networkMode }) => networkMode !== "host" && networkMode !== "none");
  return new Map(probed.map((container) => [container.name, container]));
}

function changeOf(before: ContainerSetup | undefined, after: ContainerSetup | undefined): ChangeKind | null {
  const [wasUp, isUp] = [isAlive(before), isAlive(after)];
  if (wasUp && !isUp) return "ended";
  if (!wasUp && isUp) return "came-up";
  if (after === undefined || (before === undefined && after.startedAt === null)) return null;
  if (before?.id !== after.id || before.startedAt !== after.startedAt) return "started-again";
  return isUp && !isDeepStrictEqual(placesOf(before), placesOf(after)) ? "moved" : null;
}

function isAlive(container: ContainerSetup | undefined): boolean {
  return container?.state === "running" || container?.state === "paused";
}

function placesOf({ endpoints }: ContainerSetup): string[] {
  return endpoints.map(({ networkId, addresses }) => [networkId, ...addresses].join(" ")).sort();
}

const deeds: Record<ChangeKind, string> = {
  "came-up": "came up",
  ended: "ended",
  "started-again": "started again",
  moved: "changed networks or addresses",
};

/** Says why the probes of two environments prove nothing when containers changed meanwhile. */
export function describeChanges(changes: readonly ContainerChange[], keys: readonly [string, string]): CheckFinding[] {
  const groups = Map.groupBy(changes, ({ environment, kind }) => `${environment} ${kind}`);
  return [...groups.values()].flatMap((group): CheckFinding[] => {
    const [first] = group;
    if (!first) return [];
    const { environment, kind } = first;
    const containers = group.map(({ container }) => container);
    const noun = containers.length === 1 ? "container" : "containers";
    return [
      {
        status: "unproven",
        message: `${noun} ${containers.join(", ")} of ${environment} ${deeds[kind]} while the environments were probed: that nothing arrived proves nothing`,
        hint: `run "cilo verify ${keys.join(" ")}" again while nothing in them starts or stops`,
        details: { environment, containers, change: kind },
      },
    ];
  });
}
