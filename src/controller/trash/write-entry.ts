import { createWriteStream } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { syncDirectory, writeFileAtomically } from "../../base/atomic-write.ts";
import { faultPoint } from "../../base/fault-point.ts";
import { makeDirectory } from "../../base/make-directory.ts";
import type { Environment } from "../../model/environment.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import { copyDirectory } from "../../workspace/copy-directory.ts";
import { removeWorkspace } from "../../workspace/remove.ts";
import { syncTree } from "../../workspace/sync-tree.ts";
import { treeSize } from "../../workspace/tree-size.ts";
import { saveWork } from "../../workspace/work/save-work.ts";
import type { WorkSurveyDetails } from "../../workspace/work/survey-work.ts";
import type { ControllerContext } from "../context.ts";
import {
  entryNameOf,
  hiddenNameOf,
  type LeftOut,
  recordFile,
  type SavedVolume,
  standInDirectory,
  type TrashRecord,
  workDirectory,
} from "./entry.ts";
import { forgetUser, noteUser } from "./entry-user.ts";
import { openVolumes, type VolumeSurvey } from "./survey-volumes.ts";

/** What goes into an entry. */
export interface EntryContents {
  installation: string;
  environment: Environment;
  /** Null where there is no engine; there are no volumes then. */
  engine: RuntimeProvider | null;
  work: WorkSurveyDetails | null;
  keptWorkspace: boolean;
  /** The directories that stand in for those beside the copy, absolute; null: not to be saved. */
  standIns: string | null;
  volumes: readonly VolumeSurvey[];
  leftOut: LeftOut[];
}

/**
 * Writes an entry of the trash. It is one from the moment its record is there, which is written when all the rest is safe on disk.
 * @returns its name
 * @throws what saving and writing throw; nothing of it is left then
 */
export async function writeEntry(context: ControllerContext, contents: EntryContents): Promise<string> {
  const { trash } = context.paths;
  const now = context.clock.now();
  const name = entryNameOf(contents.environment, now);
  const path = join(trash, name);
  await beginEntry(trash, name);
  try {
    faultPoint("trash.begun");
    const record = await fillEntry(context, { path, contents, now });
    await syncTree(path);
    faultPoint("trash.synced");
    await writeFileAtomically(join(path, recordFile), `${JSON.stringify(record, null, 2)}\n`);
    faultPoint("trash.recorded");
  } catch (error) {
    await removeWorkspace({ path, within: trash });
    throw error;
  }
  await forgetUser(path);
  await syncDirectory(trash);
  return name;
}

/** Nobody sees an entry without knowing who writes it. */
async function beginEntry(trash: string, name: string): Promise<void> {
  await makeDirectory(trash);
  const hidden = join(trash, hiddenNameOf(name));
  await mkdir(hidden, { mode: 0o700 });
  await noteUser(hidden);
  await rename(hidden, join(trash, name));
}

async function fillEntry(
  context: ControllerContext,
  { path, contents, now }: { path: string; contents: EntryContents; now: Date },
): Promise<TrashRecord> {
  const { installation, environment, keptWorkspace, leftOut } = contents;
  const { signal } = context;
  const workPath = join(path, workDirectory);
  if (contents.work !== null) await mkdir(workPath, { mode: 0o700 });
  const work = contents.work === null ? null : await saveWork(contents.work, { to: workPath, signal });
  faultPoint("trash.work-saved");
  if (contents.standIns !== null) await copyDirectory(contents.standIns, join(path, standInDirectory), signal);
  const volumes = await saveVolumes(context, path, contents);
  const sizeBytes = await treeSize(path);
  return {
    version: 1,
    createdAt: now.toISOString(),
    installation,
    environment: { ...environment, operation: null },
    work,
    keptWorkspace,
    hasStandIns: contents.standIns !== null,
    volumes,
    leftOut,
    sizeBytes,
  };
}

async function saveVolumes(
  context: ControllerContext,
  path: string,
  { engine, installation, environment, volumes }: EntryContents,
): Promise<SavedVolume[]> {
  if (engine === null || volumes.length === 0) return [];
  const { signal } = context;
  await mkdir(join(path, "volumes"), { mode: 0o700 });
  const names = volumes.map(({ name }) => name);
  await using opened = await openVolumes(
    { engine, installation, environment, now: context.clock.now(), signal },
    names,
  );
  const saved: SavedVolume[] = [];
  for (const [index, { name, labels, anonymous, sizeBytes }] of volumes.entries()) {
    const file = `volumes/${index}.tar`;
    await pipeline(await opened.read(name, signal), createWriteStream(join(path, file), { flags: "wx", mode: 0o600 }), {
      signal,
    });
    faultPoint("trash.volume-saved");
    saved.push({ name, labels, anonymous, file, sizeBytes: sizeBytes ?? 0 });
  }
  return saved;
}
