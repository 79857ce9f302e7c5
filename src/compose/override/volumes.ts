import type { Finding } from "../../model/finding.ts";
import { labelsOfEnvironment } from "../../model/labels.ts";
import { type ComposeService, type ComposeVolume, compareText, unescapeDollars } from "../model.ts";
import type { ProjectReading } from "../project.ts";
import { type Contribution, isFixed, type OverrideContext } from "./concern.ts";
import { firstFree } from "./first-free.ts";
import { toLabels } from "./labels.ts";
import { mapping, override, type YamlValue } from "./render.ts";

/**
 * Gives every volume a name of the environment's own, fixed names and external volumes included: a copy that writes into another's data, or removes it with
 * its own, is the worst that can happen here. External volumes that nobody writes to stay.
 */
export function separateVolumes({ reading, installation, environment }: OverrideContext): Contribution {
  const labels = toLabels(labelsOfEnvironment(installation, environment));
  const volumes = new Map<string, YamlValue>();
  const findings: Finding[] = keptVolumes(reading).map(describeKept);
  for (const [key, name] of ownVolumes(reading, environment.composeProject)) {
    const volume = reading.base.volumes[key] ?? {};
    const isRenamed = volume.external || name !== volume.name;
    const fields = { ...(isRenamed ? { name } : {}), labels };
    volumes.set(key, volume.external ? override(mapping(fields)) : mapping(fields));
    if (isRenamed) findings.push(describeRename(key, volume, name));
  }
  return { volumes, findings };
}

function describeRename(key: string, volume: ComposeVolume, name: string): Finding {
  const old = unescapeDollars(volume.name ?? key);
  const common = { action: "rewritten", shared: false, level: "warning" } as const;
  return volume.external
    ? {
        ...common,
        rule: "external-volume",
        path: ["volumes", key],
        statement: `external volume ${old} is replaced by the environment's own ${name}, which starts empty`,
        hint: `set keep_volumes: [${key}] in .cilo/config.yml to use the one there is in every copy`,
      }
    : {
        ...common,
        rule: "fixed-volume-name",
        path: ["volumes", key, "name"],
        statement: `its fixed name ${old} becomes ${name}, which starts empty`,
        hint: null,
      };
}

/** External volumes that are used as they are, sorted by key. */
function keptVolumes({ base, options }: ProjectReading): { key: string; volume: ComposeVolume; isChosen: boolean }[] {
  return Object.entries(base.volumes)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([key, volume]) => {
      if (!volume?.external || !isKeptExternal({ base, options }, key)) return [];
      return [{ key, volume, isChosen: options.keepVolumes.includes(key) }];
    });
}

function describeKept({ key, volume, isChosen }: { key: string; volume: ComposeVolume; isChosen: boolean }): Finding {
  const name = unescapeDollars(volume.name ?? key);
  return {
    rule: "external-volume",
    action: "kept",
    shared: true,
    level: isChosen ? "warning" : "note",
    path: ["volumes", key],
    statement: isChosen
      ? `external volume ${name} is kept, as keep_volumes says, so every copy writes to it`
      : `external volume ${name} is kept: nothing writes to it, so copies see the same data and cannot change it`,
    hint: null,
  };
}

/**
 * The names on the engine of the volumes an environment has to itself, by their key, sorted by it: those the project gives where they follow from the
 * project's name, else new ones. Keys that meant one volume before mean one volume after. External volumes that stay are not among them.
 */
export function ownVolumes(reading: ProjectReading, composeProject: string): Map<string, string> {
  const { base, probe } = reading;
  const keys = Object.keys(base.volumes)
    .filter((key) => !isKeptExternal(reading, key))
    .sort(compareText);
  const isRenamed = (key: string) =>
    base.volumes[key]?.external || isFixed(nameOf(base.volumes, key), nameOf(probe.volumes, key));
  const taken = new Set(keys.filter((key) => !isRenamed(key)).map((key) => nameOf(base.volumes, key)));
  const byOldName = new Map([...taken].map((name) => [name, name]));
  return new Map(
    keys.map((key) => {
      const old = nameOf(base.volumes, key);
      if (!isRenamed(key)) return [key, old];
      const name = byOldName.get(old) ?? firstFree(`${composeProject}_${key}`, taken);
      taken.add(name);
      byOldName.set(old, name);
      return [key, name];
    }),
  );
}

/** Whether the project's external volume is used as it is: nothing mounts it, by this key or another, to write. */
function isKeptExternal({ base, options }: Pick<ProjectReading, "base" | "options">, key: string): boolean {
  if (base.volumes[key]?.external && options.keepVolumes.includes(key)) return true;
  const name = nameOf(base.volumes, key);
  const alike = Object.keys(base.volumes).filter((other) => nameOf(base.volumes, other) === name);
  return alike.every(
    (other) =>
      base.volumes[other]?.external === true &&
      Object.values(base.services).every((service) => !writesToVolume(service, other)),
  );
}

/** Tells whether a service mounts the volume of that key without `read_only`. */
export function writesToVolume(service: ComposeService, key: string): boolean {
  return (service.volumes ?? []).some((mount) => {
    if (typeof mount !== "string") return mount.type === "volume" && mount.source === key && !mount.read_only;
    const [source, , mode = ""] = mount.split(":");
    return source === key && !mode.split(",").includes("ro");
  });
}

function nameOf(volumes: ProjectReading["base"]["volumes"], key: string): string {
  return volumes[key]?.name ?? key;
}
