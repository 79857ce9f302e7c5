import type { Environment } from "../../model/environment.ts";
import type { SavedWork } from "../../workspace/work/saved-work.ts";

/** A volume as an entry keeps it. */
export interface SavedVolume {
  name: string;
  labels: Record<string, string>;
  /** Of a volume without a name, which Compose cannot be given back. */
  anonymous: boolean;
  /** Its contents as a tar archive, relative to the entry: the volume itself is the directory `data` in it. */
  file: string;
  sizeBytes: number;
}

/** Something that the entry does not have, and why: "volume cilo-shop-login_db", "it is larger than the trash may be". */
export interface LeftOut {
  what: string;
  why: string;
}

/** What `entry.json` says: everything that `restore` needs. Its version is the format's, which only grows. */
export interface TrashRecord {
  version: 1;
  /** ISO 8601. */
  createdAt: string;
  installation: string;
  environment: Environment;
  /** Null where the workspace was not destroyed, or could not be saved. */
  work: SavedWork | null;
  /** Whether the files were left where they were (`--keep-workspace`). */
  keptWorkspace: boolean;
  /** Whether what containers wrote to directories beside the copy is there. */
  hasStandIns: boolean;
  volumes: SavedVolume[];
  leftOut: LeftOut[];
  /** Of everything in the entry. */
  sizeBytes: number;
}

/** A directory of the trash. */
export interface TrashEntry {
  /** Its name: time, project, environment and the beginning of its id. */
  name: string;
  /** Absolute. */
  path: string;
  /** When it was begun. */
  createdAt: Date;
  /** Null: it was never finished, or this version of the program cannot read it. */
  record: TrashRecord | null;
  /** False: what killed it left it half-way, and nothing that can be restored is in it. */
  isFinished: boolean;
  /** Whether a process that lives is writing it, or restoring what is in it: it is to be left alone. */
  isInUse: boolean;
}

export const recordFile = "entry.json";
/** Directories of an entry: what `saveWork` made, and what stood in for directories beside the copy. */
export const workDirectory = "workspace";
export const standInDirectory = "beside";
/** Which process uses an entry: it writes it, or restores what is in it. */
export const userFile = "writer.json";

/** How an entry is called. Names sort by time. */
export function entryNameOf(environment: Pick<Environment, "id" | "project" | "name">, now: Date): string {
  const { id, project, name } = environment;
  return `${now.toISOString().replaceAll(":", "")}-${project}-${name}-${id.slice(0, 8)}`;
}

/** An entry of that name that nobody is known to write yet. */
export function hiddenNameOf(name: string): string {
  return `.${name}`;
}

/** When an entry of that name was begun; null for a name that is none of ours. */
export function timeOfEntry(name: string): Date | null {
  const [, day, hours, minutes, seconds] = /^\.?(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)-./.exec(name) ?? [];
  if (day === undefined) return null;
  const time = new Date(`${day}T${hours}:${minutes}:${seconds}`);
  return Number.isNaN(time.getTime()) ? null : time;
}
