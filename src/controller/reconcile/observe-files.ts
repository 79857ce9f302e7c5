import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../../base/errors.ts";
import type { Paths } from "../../base/paths.ts";
import { identityOf, isAlive } from "../../base/process-identity.ts";
import type { State } from "../../model/state.ts";
import { readOwner } from "../../state/lock-owner.ts";
import { listTrash } from "../trash/list-trash.ts";
import type { ObservedHolder, StrayFile } from "./observation.ts";

/** A file that is astray unless the environment it is for is there. */
export interface FileTrace extends StrayFile {
  /** Key or id; null: whatever environments there are. */
  unless: string | null;
}

/** What a process writes before it renames it into place: "state.json.41.0123456789ab.tmp". */
const tempName = /\.(\d+)\.[0-9a-f]{12}\.tmp$/;
/** A copy before it gets its name: ".login.41-0123456789ab.copy". */
const copyName = /^\..+\.(\d+)-[0-9a-f]{12}\.copy$/;
/** An environment's lock, and what guards the breaking of it. */
const lockName = /^([0-9a-f]{8}-[0-9a-f-]{27})\.lock(?:\.break)*$/;

/** Looks for what may be astray in CILO_HOME. */
export async function listTraces(paths: Paths): Promise<FileTrace[]> {
  const found = await Promise.all([
    findTemporary(paths.home, paths.home),
    findTemporary(paths.run, paths.run),
    findTemporary(paths.locks, paths.locks),
    findCopies(paths),
    findLocks(paths),
    findGenerated(paths),
    findTrash(paths),
  ]);
  return found.flat();
}

/** Leaves out those whose environment is there. */
export function selectStrays(traces: readonly FileTrace[], state: State): StrayFile[] {
  const { environments } = state.hosts.local;
  const ids = new Set(Object.values(environments).map(({ id }) => id));
  return traces
    .filter(({ unless }) => unless === null || !(ids.has(unless) || Object.hasOwn(environments, unless)))
    .map(({ unless: _, ...file }) => file)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Living processes by the id of the environment whose lock they hold; this one does not count. */
export async function observeHolders({ locks }: Pick<Paths, "locks">): Promise<Record<string, ObservedHolder>> {
  const held = (await list(locks)).map(async ({ name }): Promise<[string, ObservedHolder][]> => {
    const id = name.endsWith(".lock") ? lockName.exec(name)?.[1] : undefined;
    const holder = id === undefined ? null : ((await readOwner(join(locks, name)))?.holder ?? null);
    if (id === undefined || holder === null || holder.pid === process.pid || !(await isAlive(holder))) return [];
    return [[id, { pid: holder.pid, purpose: holder.purpose }]];
  });
  return Object.fromEntries((await Promise.all(held)).flat());
}

async function findTemporary(directory: string, within: string): Promise<FileTrace[]> {
  const found = (await list(directory)).map(({ name }) =>
    ifMakerEnded(tempName.exec(name)?.[1], { kind: "temp", path: join(directory, name), within }),
  );
  return (await Promise.all(found)).flat();
}

async function findCopies({ envs }: Pick<Paths, "envs">): Promise<FileTrace[]> {
  const found = (await listInner(envs)).map(({ parentPath, name }) =>
    ifMakerEnded(copyName.exec(name)?.[1], { kind: "copy", path: join(parentPath, name), within: envs }),
  );
  return (await Promise.all(found)).flat();
}

async function ifMakerEnded(
  pid: string | undefined,
  file: Pick<StrayFile, "kind" | "path" | "within">,
): Promise<FileTrace[]> {
  if (pid === undefined || (await identityOf(Number(pid))) !== null) return [];
  return [{ ...file, pid: Number(pid), holdsData: false, unless: null }];
}

async function findLocks({ locks }: Pick<Paths, "locks">): Promise<FileTrace[]> {
  const found = (await list(locks)).map(async ({ name }): Promise<FileTrace[]> => {
    const id = lockName.exec(name)?.[1];
    if (id === undefined) return [];
    const path = join(locks, name);
    const holder = (await readOwner(path))?.holder ?? null;
    if (holder !== null && (await isAlive(holder))) return [];
    const pid = holder?.pid ?? null;
    return [{ kind: "lock", path, within: locks, pid, holdsData: false, unless: id }];
  });
  return (await Promise.all(found)).flat();
}

async function findGenerated({ generated }: Pick<Paths, "generated">): Promise<FileTrace[]> {
  const found = (await listInner(generated)).map(async (entry): Promise<FileTrace[]> => {
    const { parentPath, name } = entry;
    const path = join(parentPath, name);
    const key = path.slice(generated.length + 1);
    const inner = entry.isDirectory() ? await findTemporary(path, generated) : [];
    if (tempName.test(name)) return await findTemporary(parentPath, generated);
    if (!entry.isDirectory()) return [];
    // Directories that stand in for those beside the copy: containers write there.
    const holdsData = (await list(join(path, "beside"))).length > 0;
    return [...inner, { kind: "generated", path, within: generated, pid: null, holdsData, unless: key }];
  });
  const traces = (await Promise.all(found)).flat();
  return [...new Map(traces.map((trace) => [trace.path, trace])).values()];
}

/** An entry is finished last; what is in the environment is there until then. */
async function findTrash(paths: Pick<Paths, "trash">): Promise<FileTrace[]> {
  const unfinished = (await listTrash(paths)).filter((entry) => !entry.isFinished && !entry.isInUse);
  const trace = { kind: "trash", within: paths.trash, pid: null, holdsData: false, unless: null } as const;
  return unfinished.map(({ path }) => ({ ...trace, path }));
}

/** What is in the directories of a directory: "shop/login" of `envs` and `generated`. */
async function listInner(directory: string): Promise<Dirent[]> {
  const projects = (await list(directory)).filter((entry) => entry.isDirectory());
  return (await Promise.all(projects.map(({ name }) => list(join(directory, name))))).flat();
}

async function list(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
