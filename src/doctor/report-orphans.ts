import { labelKeys } from "../model/labels.ts";
import { shellQuote } from "../resolver/shell-quote.ts";
import { type Finding, found } from "./check.ts";
import type { Orphan, OrphanOrigin } from "./find-orphans.ts";

/**
 * Says what is left and what to do about it: a finding for each environment of ours that is no more, and for each other
 * installation, which may well be in use.
 * @param docker how the docker program is called for that engine.
 */
export function reportOrphans(orphans: readonly Orphan[], docker: string): Finding[] {
  const others = Map.groupBy(
    orphans.filter(({ origin }) => origin === "other"),
    ({ installation }) => installation ?? "",
  );
  return [
    ...orphans.flatMap((orphan) => (orphan.origin === "other" ? [] : [reportOrphan(orphan, orphan.origin, docker)])),
    ...[...others].map(([installation, group]) => reportInstallation(installation, group, docker)),
  ];
}

function reportOrphan(orphan: Orphan, origin: Exclude<OrphanOrigin, "other">, docker: string): Finding {
  const name = orphan.environment ?? "an environment without a name";
  const objects = listObjects(orphan);
  const command = removalOf(orphan, docker);
  switch (origin) {
    case "own":
      return found("warning", `left of ${name}, which is no more: ${objects}`, {
        hint: "no environment needs it any more; to remove it:",
        command,
        fixable: true,
      });
    case "migrated":
      return found("warning", `${name} as the program of old state files ran it: ${objects}`, {
        hint: '"cilo up" starts containers of its own; to remove the old ones:',
        command,
      });
    case "old":
      return found("info", `${name}, made by a program before this one: ${objects}`, {
        hint: "only if that program is no longer in use, remove it:",
        command,
      });
  }
}

function reportInstallation(installation: string, orphans: readonly Orphan[], docker: string): Finding {
  const names = orphans.map(({ environment }) => environment ?? "an environment without a name");
  const all = [...new Set(names)].sort().join(", ");
  return found("info", `another CILO_HOME (installation ${installation}) has ${all} on this engine`, {
    hint: "nothing to do, unless that CILO_HOME is no more; to see its containers:",
    command: `${docker} ps --all --filter label=${labelKeys.installation}=${shellQuote(installation)}`,
  });
}

function listObjects({ containers, networks, volumes }: Orphan): string {
  return [
    ...containers.map((name) => `container ${name}`),
    ...networks.map((name) => `network ${name}`),
    ...volumes.map((name) => `volume ${name} with its data`),
  ].join(", ");
}

/** Containers go first: networks and volumes cannot while they are used. */
function removalOf({ containers, networks, volumes }: Orphan, docker: string): string {
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
