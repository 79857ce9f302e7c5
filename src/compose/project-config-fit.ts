import { CiloError } from "../base/errors.ts";
import { compareText } from "./model.ts";
import { findUnknownProfiles, profilesOf } from "./profiles.ts";
import type { ProjectReading } from "./project.ts";
import { type ProjectConfig, projectConfigPath } from "./project-config.ts";

/** A value of the file that the project has nothing for. */
interface Misfit {
  /** As `ProjectConfig.places` has it. */
  key: string;
  text: string;
}

/**
 * Checks that every service, volume and profile that `.cilo/config.yml` names is there.
 * @throws CILO_CONFIG_INVALID that lists every problem as file:line:col with the value seen and what is allowed.
 */
export function requireConfigFits(config: ProjectConfig, reading: Pick<ProjectReading, "base" | "view">): void {
  const misfits = [
    ...misfitOfIngress(config, reading),
    ...misfitsOfVolumes(config, reading),
    ...misfitsOfProfiles(config, reading),
  ];
  if (misfits.length === 0) return;
  const lines = misfits.map(({ key, text }) => `${config.places.get(key) ?? projectConfigPath}: ${text}`);
  throw new CiloError("CILO_CONFIG_INVALID", lines.join("\n"), {
    hint: `edit ${fileOf(config)}`,
    details: { problems: lines },
  });
}

/** The file that was read: the source's or a copy's. */
function fileOf({ places }: ProjectConfig): string {
  const [place = projectConfigPath] = places.values();
  return place.replace(/:\d+:\d+$/, "");
}

type Reading = Pick<ProjectReading, "base" | "view">;

function misfitOfIngress({ ingress }: ProjectConfig, { base }: Reading): Misfit[] {
  if (ingress === null || Object.hasOwn(base.services, ingress)) return [];
  const names = Object.keys(base.services).sort(compareText);
  const text = `ingress names the service ${JSON.stringify(ingress)}, which the project does not have; there are ${names.join(", ")}`;
  return [{ key: "ingress", text }];
}

function misfitsOfVolumes({ copyOptions }: ProjectConfig, { base, view }: Reading): Misfit[] {
  // Volumes of services that are off are not in the other views.
  if (!view.everyProfile) return [];
  const external = Object.keys(base.volumes).filter((key) => base.volumes[key]?.external);
  const allowed =
    external.length === 0
      ? "no service uses an external volume"
      : `the external volumes in use are ${external.sort(compareText).join(", ")}`;
  return copyOptions.keepVolumes.flatMap((key, index): Misfit[] => {
    if (external.includes(key)) return [];
    const problem = Object.hasOwn(base.volumes, key)
      ? "which is not external: each copy has its own"
      : "which no service uses";
    const text = `keep_volumes names the volume ${JSON.stringify(key)}, ${problem}; ${allowed}`;
    return [{ key: `keep_volumes.${index}`, text }];
  });
}

function misfitsOfProfiles({ profiles }: ProjectConfig, { base }: Reading): Misfit[] {
  const known = profilesOf(base);
  const allowed = known.length === 0 ? "the project has no profiles" : `there are ${known.join(", ")}`;
  return findUnknownProfiles(profiles, known).map((profile) => ({
    key: `profiles.${profiles.indexOf(profile)}`,
    text: `profiles names ${JSON.stringify(profile)}, which no service has; ${allowed}`,
  }));
}
