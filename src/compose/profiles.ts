import { CiloError } from "../base/errors.ts";
import { type ComposeProject, compareText } from "./model.ts";

/** Stands for every profile there is. */
const everyProfile = "*";

/** The profiles that services of a model have, sorted. */
export function profilesOf({ services }: Pick<ComposeProject, "services">): string[] {
  return [...new Set(Object.values(services).flatMap(({ profiles }) => profiles ?? []))].sort(compareText);
}

/** Those of the chosen profiles that no service has; Compose passes over them in silence. */
export function findUnknownProfiles(chosen: readonly string[], known: readonly string[]): string[] {
  return chosen.filter((profile) => profile !== everyProfile && !known.includes(profile));
}

/**
 * Refuses profiles that no service has.
 * @param chosen those the user named for an environment.
 * @param back the command that takes the choice back, where one was remembered.
 * @throws CILO_USAGE
 */
export function requireProfiles(chosen: readonly string[], known: readonly string[], back: string | null): void {
  const unknown = findUnknownProfiles(chosen, known);
  if (unknown.length === 0) return;
  const names = unknown.map((profile) => JSON.stringify(profile)).join(", ");
  const takeBack = back === null ? "" : `, or take the choice back with "${back}"`;
  throw new CiloError("CILO_USAGE", `no service has the profile ${names}`, {
    hint:
      known.length === 0
        ? `leave --profile out: the project has no profiles${takeBack}`
        : `choose from ${known.join(", ")}${takeBack}`,
    details: { unknown, profiles: known },
  });
}
