import { createReadStream } from "node:fs";
import { join } from "node:path";
import { CiloError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault-point.ts";
import type { Environment } from "../../model/environment.ts";
import { labelKeys } from "../../model/labels.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import { isOwn } from "../conflicts.ts";
import type { ControllerContext } from "../context.ts";
import type { SavedVolume } from "./entry.ts";
import { openVolumes, removeLeftArchives } from "./survey-volumes.ts";

const composeProjectLabel = "com.docker.compose.project";
/** A volume with another hash than its definition's is one that Compose asks about; without any it does not. */
const composeHashLabel = "com.docker.compose.config-hash";

export interface RestoreVolumesOptions {
  engine: RuntimeProvider;
  installation: string;
  /** As it is now, under whatever name. */
  environment: Environment;
  /** As it was saved. */
  before: Environment;
  /** The entry's directory, absolute. */
  from: string;
  volumes: readonly SavedVolume[];
}

/**
 * Makes the named volumes of an environment again, with their data and with the labels that Compose and cilo look for. Of an earlier try that was killed nothing
 * stays.
 * @returns their names
 * @throws CILO_FOREIGN_RESOURCE when something else has one of the names
 */
export async function restoreVolumes(context: ControllerContext, options: RestoreVolumesOptions): Promise<string[]> {
  const { engine, installation, environment, before, from } = options;
  const { signal } = context;
  await removeLeftArchives(options);
  const wanted = options.volumes
    .filter(({ anonymous }) => !anonymous)
    .map((volume) => ({ ...volume, ...adopt(volume, before, environment) }));
  for (const { name } of wanted) await makeRoom(options, name);
  for (const { name, labels } of wanted) {
    // A state file that was lost and begun anew is another installation's.
    await engine.volumes.create({ name, labels: { ...labels, [labelKeys.installation]: installation } });
    faultPoint("restore.volume-made");
  }
  const names = wanted.map(({ name }) => name);
  if (names.length === 0) return names;
  await using volumes = await openVolumes(
    { engine, installation, environment, now: context.clock.now(), signal },
    names,
  );
  for (const { name, file } of wanted) {
    await volumes.write(name, createReadStream(join(from, file)), signal);
    faultPoint("restore.volume-filled");
  }
  return names;
}

/** What a volume is called, and labelled with, in an environment that may have another name than the one it was saved from. */
export function adopt(
  { name, labels }: Pick<SavedVolume, "name" | "labels">,
  before: Pick<Environment, "composeProject">,
  now: Pick<Environment, "id" | "name" | "composeProject">,
): Pick<SavedVolume, "name" | "labels"> {
  if (now.composeProject === before.composeProject && labels[labelKeys.id] === now.id) return { name, labels };
  const prefix = `${before.composeProject}_`;
  const { [composeHashLabel]: _, ...kept } = labels;
  return {
    name: name.startsWith(prefix) ? `${now.composeProject}_${name.slice(prefix.length)}` : name,
    labels: {
      ...kept,
      [labelKeys.id]: now.id,
      [labelKeys.environment]: now.name,
      ...(composeProjectLabel in kept ? { [composeProjectLabel]: now.composeProject } : {}),
    },
  };
}

async function makeRoom({ engine, installation, environment }: RestoreVolumesOptions, name: string): Promise<void> {
  const found = await engine.volumes.inspect(name);
  if (found === null) return;
  if (isOwn(environment, installation, found.labels)) {
    await engine.removeVolume(name);
    return;
  }
  throw new CiloError("CILO_FOREIGN_RESOURCE", `there is a volume ${name} that is not of this environment`, {
    hint: `look at it with "docker volume inspect ${name}"; bring the environment back under another name with "--as NAME"`,
    details: { volume: name },
  });
}
