import type { CanonicalModel, CanonicalVolume } from "./canonical-model.ts";
import { containerServices } from "./canonical-model.ts";
import { type Copies, type Copy, isFixed } from "./copies.ts";
import { environmentLabels } from "./expected-service.ts";
import { compareFields } from "./kept-fields.ts";

/** P9, first half: secrets, configs, models and extensions are the project's, letter by letter. */
export function findChangedSections({ base, merged, facts }: Copy): string[] {
  const { services: _, networks: _n, volumes: _v, name: _p, ...expected } = base;
  const { services: _s, networks: _m, volumes: _w, name, ...actual } = merged;
  const renamed = name === facts.composeProject ? [] : [`the project is called ${name}`];
  const secrets = withoutUnused(base, merged, facts);
  const sections = base.secrets === undefined ? expected : { ...expected, secrets };
  return [...renamed, ...compareFields("the project", sections, actual)];
}

/** The secrets without those that only the build of a stub used, which Compose leaves out. */
function withoutUnused(base: CanonicalModel, merged: CanonicalModel, facts: Copy["facts"]): object {
  const builds = facts.shared.map((name) => JSON.stringify(base.services[name]?.build?.secrets ?? []));
  const left = new Set(Object.keys(merged.secrets ?? {}));
  const entries = Object.entries(base.secrets ?? {});
  return Object.fromEntries(
    entries.filter(([name]) => left.has(name) || !builds.some((text) => text.includes(JSON.stringify(name)))),
  );
}

/**
 * P9, second half: a volume differs from the project's in its name alone. One that follows the project's name keeps it; one whose name is fixed, or that is
 * external and written to, has a name of the copy's; keys that meant one volume mean one volume.
 */
export function findChangedVolumes({ a, b }: Copies): string[] {
  return [...compareVolumes(a, b), ...compareVolumes(b, a)];
}

function compareVolumes(copy: Copy, other: Copy): string[] {
  const { base, merged } = copy;
  const keys = new Set([...Object.keys(base.volumes ?? {}), ...Object.keys(merged.volumes ?? {})]);
  const ownNames = new Map<string, string>();
  return [...keys].flatMap((key) => {
    const [before, after] = [base.volumes?.[key], merged.volumes?.[key]];
    if (after === undefined && !isUsed(copy, key)) return [];
    if (before === undefined || after === undefined) return [`volume ${key}: it is ${before ? "gone" : "new"}`];
    const { external: _, name: oldName = "", labels, ...expected } = before ?? {};
    const { external, name = "", ...actual } = after ?? {};
    if (before?.external && external) return oldName === name ? [] : [`volume ${key}: is called ${name}`];
    const problems = compareFields(
      `volume ${key}`,
      { ...expected, labels: { ...labels, ...environmentLabels(copy) } },
      actual,
    );
    if (external) problems.push(`volume ${key}: became external`);
    const isRenamed = before?.external || isFixed(oldName, other.base.volumes?.[key]?.name);
    if (!isRenamed && name !== oldName) problems.push(`volume ${key}: is called ${name} instead of ${oldName}`);
    return [...problems, ...findMixedUp({ key, oldName, name, ownNames })];
  });
}

/** Compose leaves out what no service uses; a stub mounts nothing. */
function isUsed({ base, facts }: Copy, key: string): boolean {
  const running = Object.entries(base.services).filter(([name]) => !facts.shared.includes(name));
  return running.some(([, { volumes = [] }]) =>
    volumes.some(({ type, source }) => type === "volume" && source === key),
  );
}

function findMixedUp(names: { key: string; oldName: string; name: string; ownNames: Map<string, string> }): string[] {
  const { key, oldName, name, ownNames } = names;
  const known = ownNames.get(oldName) ?? name;
  const isTaken = [...ownNames].some(([old, own]) => old !== oldName && own === name);
  ownNames.set(oldName, known);
  if (known !== name) return [`volume ${key}: is called ${name}, another key of the same volume ${known}`];
  return isTaken ? [`volume ${key}: is called ${name}, as another volume is`] : [];
}

/** A volume of the project that something writes to is never the machine's. */
export function findWrittenExternals({ merged }: Copy): string[] {
  return containerServices(merged).flatMap(([name, { volumes }]) =>
    (volumes ?? []).flatMap(({ type, source = "", read_only: readOnly }) => {
      const volume: CanonicalVolume | null = type === "volume" ? (merged.volumes?.[source] ?? null) : null;
      return volume?.external && !readOnly ? [`service ${name}: writes to the external volume ${volume.name}`] : [];
    }),
  );
}
