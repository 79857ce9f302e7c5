import { shellQuote } from "../resolver/shell-quote.ts";
import { type Finding, found, type Severity } from "./check.ts";
import type { Leftover, LeftoverOrigin } from "./find-leftovers.ts";

const severities: Record<LeftoverOrigin, Severity> = {
  own: "warning",
  migrated: "warning",
  other: "info",
  old: "info",
};

const hints: Record<LeftoverOrigin, string> = {
  own: "no environment needs it any more; to remove it:",
  migrated: '"cilo up" starts containers of its own; to remove the old ones:',
  other: "only if that installation is no more, remove it:",
  old: "only if that program is no longer in use, remove it:",
};

/**
 * Says what is left and how to remove it, a finding for each environment.
 * @param docker how the docker program is called for that engine.
 */
export function reportLeftovers(leftovers: readonly Leftover[], docker: string): Finding[] {
  return leftovers.map((leftover) =>
    found(severities[leftover.origin], `${describeOwner(leftover)}: ${listObjects(leftover)}`, {
      hint: hints[leftover.origin],
      command: removalOf(leftover, docker),
    }),
  );
}

function describeOwner({ origin, environment, installation }: Leftover): string {
  const name = environment ?? "an environment without a name";
  switch (origin) {
    case "own":
      return `left of ${name}, which is no more`;
    case "other":
      return `${name} of another CILO_HOME (installation ${installation})`;
    case "migrated":
      return `${name} as the program of old state files ran it`;
    case "old":
      return `${name}, made by a program before this one`;
  }
}

function listObjects({ containers, networks, volumes }: Leftover): string {
  return [
    ...containers.map((name) => `container ${name}`),
    ...networks.map((name) => `network ${name}`),
    ...volumes.map((name) => `volume ${name} with its data`),
  ].join(", ");
}

/** Containers go first: networks and volumes cannot while they are used. */
function removalOf({ containers, networks, volumes }: Leftover, docker: string): string {
  const steps: [string, readonly string[]][] = [
    ["rm --force --volumes", containers],
    ["network rm", networks],
    ["volume rm", volumes],
  ];
  return steps
    .filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${docker} ${verb} ${names.map(shellQuote).join(" ")}`)
    .join(" && ");
}
