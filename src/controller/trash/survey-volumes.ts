import type { Environment } from "../../model/environment.ts";
import { labelKeys, labelsOfArchive } from "../../model/labels.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import type { OpenVolumes, VolumeDetails } from "../../runtime/volume-archive.ts";
import { collectAnonymousVolumes } from "../anonymous-volumes.ts";
import { isOwnContainer } from "../conflicts.ts";
import { measureTar } from "./measure-tar.ts";

/** A volume with data in it. */
export interface VolumeSurvey {
  name: string;
  anonymous: boolean;
  labels: Record<string, string>;
  /** Of its files; no more than the limit of the look, or null for one that cannot be looked into. */
  sizeBytes: number | null;
  /** Whether there is more than that. */
  isLarger: boolean;
  /** Why it cannot be saved; null when it can. */
  obstacle: string | null;
  /** Whether the data stay where they are when the volume is removed. */
  isElsewhere: boolean;
}

export interface VolumeOptions {
  engine: RuntimeProvider;
  installation: string;
  environment: Environment;
  now: Date;
  signal: AbortSignal;
}

/** A look into all volumes of an environment takes less, and so does saving them. */
const useMs = 2 * 60 * 60 * 1000;

/**
 * Looks into an environment's volumes, without running anything and whatever their containers do.
 * @param options.maxBytes so much of each is read at most
 * @returns those that are not empty
 */
export async function surveyVolumes(options: VolumeOptions & { maxBytes: number }): Promise<VolumeSurvey[]> {
  const { engine, signal, maxBytes } = options;
  const named = await listVolumeNames(options);
  const details = await Promise.all([...named.keys()].map((name) => engine.volumes.inspect(name)));
  const there = details.filter((volume) => volume !== null);
  const elsewhere = there.filter(({ isOwn }) => !isOwn);
  const own = there.filter(({ isOwn }) => isOwn);
  const found = elsewhere.map((volume) => toElsewhere(volume, named.get(volume.name) ?? false));
  if (own.length === 0) return found;
  await using volumes = await openVolumes(
    options,
    own.map(({ name }) => name),
  );
  for (const { name, labels } of own) {
    signal.throwIfAborted();
    const { entries, sizeBytes, isCut } = await measureTar(await volumes.read(name, signal), maxBytes);
    if (entries === 0) continue;
    const anonymous = named.get(name) ?? false;
    found.push({ name, anonymous, labels, sizeBytes, isLarger: isCut, obstacle: null, isElsewhere: false });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Opens volumes of an environment. To be disposed of. */
export async function openVolumes(
  { engine, installation, environment, now }: VolumeOptions,
  names: readonly string[],
): Promise<OpenVolumes> {
  const inUseUntil = new Date(now.getTime() + useMs);
  return await engine.volumes.open(names, labelsOfArchive(installation, environment, inUseUntil));
}

/** Removes what a look or a save left that was killed: a container of it would keep the volumes from being removed. */
export async function removeLeftArchives({
  engine,
  installation,
  environment,
}: Pick<VolumeOptions, "engine" | "installation" | "environment">): Promise<void> {
  await engine.volumes.removeLeft({
    [labelKeys.installation]: installation,
    [labelKeys.archive]: environment.id,
  });
}

/** All volumes that go with an environment, and whether each has no name of its own. */
async function listVolumeNames({ engine, installation, environment }: VolumeOptions): Promise<Map<string, boolean>> {
  const filter = { [labelKeys.id]: environment.id, [labelKeys.installation]: installation };
  const [volumes, containers] = await Promise.all([engine.listVolumes(filter), engine.listContainers(filter)]);
  const own = containers.filter((container) => isOwnContainer(environment, installation, container));
  const anonymous = [...environment.anonymousVolumes, ...(await collectAnonymousVolumes(engine, own))];
  return new Map([
    ...anonymous.map((name): [string, boolean] => [name, true]),
    ...volumes.map(({ name }): [string, boolean] => [name, false]),
  ]);
}

/** A mounted place is left alone with its volume; what another driver does is its own affair. */
function toElsewhere({ name, labels, driver }: VolumeDetails, anonymous: boolean): VolumeSurvey {
  const isElsewhere = driver === "local";
  const obstacle = isElsewhere
    ? "its data are elsewhere, as its options say, and stay there"
    : `its driver is ${driver}, and only volumes of the driver local can be saved`;
  return { name, anonymous, labels, sizeBytes: null, isLarger: false, obstacle, isElsewhere };
}
