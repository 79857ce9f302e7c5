import { labelKeys } from "../model/labels.ts";
import { shellQuote } from "../resolver/shell-quote.ts";
import { type Finding, found } from "./check.ts";
import type { OtherObjects, OtherOrigin } from "./find-others.ts";

/**
 * Says what others have made and what to do about it: a finding for each environment of the Go program's, and for each
 * other installation, which may well be in use.
 * @param docker how the docker program is called for that engine.
 */
export function reportOthers(others: readonly OtherObjects[], docker: string): Finding[] {
  const installations = Map.groupBy(
    others.filter(({ origin }) => origin === "installation"),
    ({ installation }) => installation ?? "",
  );
  return [
    ...others.flatMap((one) => (one.origin === "installation" ? [] : [reportOld(one, one.origin, docker)])),
    ...[...installations].map(([installation, group]) => reportInstallation(installation, group, docker)),
  ];
}

function reportOld(one: OtherObjects, origin: Exclude<OtherOrigin, "installation">, docker: string): Finding {
  const name = one.environment ?? "an environment without a name";
  const objects = listObjects(one);
  const command = removalOf(one, docker);
  switch (origin) {
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

function reportInstallation(installation: string, group: readonly OtherObjects[], docker: string): Finding {
  const names = group.map(({ environment }) => environment ?? "an environment without a name");
  const all = [...new Set(names)].sort().join(", ");
  return found("info", `another CILO_HOME (installation ${installation}) has ${all} on this engine`, {
    hint: "nothing to do, unless that CILO_HOME is no more; to see its containers:",
    command: `${docker} ps --all --filter label=${labelKeys.installation}=${shellQuote(installation)}`,
  });
}

function listObjects({ containers, networks, volumes }: OtherObjects): string {
  return [
    ...containers.map((name) => `container ${name}`),
    ...networks.map((name) => `network ${name}`),
    ...volumes.map((name) => `volume ${name} with its data`),
  ].join(", ");
}

/** Containers go first: networks and volumes cannot while they are used. */
function removalOf({ containers, networks, volumes }: OtherObjects, docker: string): string {
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
