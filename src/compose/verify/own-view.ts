import { isDeepStrictEqual } from "node:util";
import { type ComposeProject, type ComposeService, compareText } from "../model.ts";
import type { ProjectReading } from "../project.ts";

/**
 * Tells whether the merged project has to be read a second time, with the environment's profiles alone, to know which services are on and that
 * nothing which is on needs something that is off. Where every service is on, both readings are one; else they can only differ where
 *
 * - the reading of all services left out Compose's checks of what refers to what;
 * - a service is on by other `profiles` than before: they alone decide, with the profiles in use, which are those of the same call
 *   (compose-go, types/project.go, WithProfiles);
 * - a service that is on refers to one that is off, and did not before, as when a `container:` became a `service:`.
 *
 * @param merged the reading of all services.
 */
export function needsOwnView(
  merged: ComposeProject,
  { base, active, view }: Pick<ProjectReading, "base" | "active" | "view">,
): boolean {
  if (!view.everyProfile || active.length === Object.keys(base.services).length) return false;
  if (view.flags.length > 0) return true;
  if (!isDeepStrictEqual(profilesOf(merged), profilesOf(base))) return true;
  const on = new Set(active);
  return active.some((name) => {
    const before = new Set(referencesOf(base.services[name]));
    return referencesOf(merged.services[name]).some((other) => !on.has(other) && !before.has(other));
  });
}

/** Every service's profiles; an absent list is an empty one. */
function profilesOf({ services }: ComposeProject): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(services).map(([name, { profiles }]) => [name, [...(profiles ?? [])].sort(compareText)]),
  );
}

/** The services without which Compose does not start this one (compose-go: explicit dependencies, and those it infers). */
function referencesOf(service: ComposeService | undefined): string[] {
  if (service === undefined) return [];
  const { depends_on: dependsOn, links, network_mode: network, pid, ipc, uts, volumes_from: volumes } = service;
  const namespaces = [network, pid, ipc, uts].flatMap((mode) =>
    typeof mode === "string" && mode.startsWith("service:") ? [mode.slice("service:".length)] : [],
  );
  const sources = textsOf(volumes).filter((text) => !text.startsWith("container:"));
  const firstParts = [...textsOf(links), ...sources].map((text) => text.split(":", 1)[0] ?? "");
  return [...Object.keys(keyed(dependsOn)), ...namespaces, ...firstParts];
}

function keyed(dependsOn: ComposeService["depends_on"]): Readonly<Record<string, unknown>> {
  return Array.isArray(dependsOn) ? Object.fromEntries(dependsOn.map((name) => [name, null])) : (dependsOn ?? {});
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
