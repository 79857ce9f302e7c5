import { access, constants, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { Paths } from "../base/paths.ts";
import { type State, stateVersion } from "../model/state.ts";
import { findNewestBackup } from "../state/backup.ts";
import { quotePath } from "../state/file-problems.ts";
import { type Check, type Finding, found, foundError } from "./check.ts";
import type { Survey } from "./survey.ts";

/** State can be read, is of this version, and is this user's alone; its directory can be written. */
export const stateCheck: Check = {
  name: "state",
  async run(survey) {
    const { paths } = survey.context;
    const [home, file] = await Promise.all([readEntry(paths.home), readEntry(paths.stateFile)]);
    if (home === null) return [found("ok", `${paths.home} is yet to be made: nothing was created so far`)];
    return [
      ...(file === null ? [found("ok", `no ${paths.stateFile}: nothing was created so far`)] : []),
      ...(file === null ? [] : await judgeContents(survey)),
      ...judgeOwner(paths, home, survey.machine.userId),
      ...judgeModes([home, ...(file === null ? [] : [file])]),
      ...(await judgeWritability(paths)),
    ];
  },
};

/** A file or directory of CILO_HOME. */
export interface StateEntry {
  path: string;
  /** Permission bits. */
  mode: number;
  userId: number;
}

async function readEntry(path: string): Promise<StateEntry | null> {
  try {
    const { mode, uid } = await stat(path);
    return { path, mode: mode & 0o777, userId: uid };
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}

/** What is wrong with the file is told here, and beside it what else is. */
async function judgeContents({ context, state }: Survey): Promise<Finding[]> {
  const { stateFile } = context.paths;
  try {
    const read = await state();
    const backup = await findNewestBackup(stateFile);
    const version = versionOf(await readFile(stateFile, "utf8"));
    return describeState(stateFile, { state: read, version, backup });
  } catch (error) {
    if (error instanceof CiloError) return [foundError(error)];
    throw error;
  }
}

/** Null where none is written, as in the first files there were. */
function versionOf(text: string): number | null {
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null || !("version" in document)) return null;
  return typeof document.version === "number" ? document.version : null;
}

function describeState(
  path: string,
  facts: { state: State; version: number | null; backup: string | null },
): Finding[] {
  const { state, version, backup } = facts;
  const environments = Object.values(state.hosts.local.environments);
  const count = environments.length === 1 ? "1 environment" : `${environments.length} environments`;
  const kept = backup === null ? "" : `, backup ${basename(backup)}`;
  const wasMigrated = environments.some((environment) => "migratedFrom" in environment);
  return [
    found("ok", `${path}: revision ${state.revision}, ${count}${kept}`),
    ...(version === stateVersion
      ? []
      : [
          found(
            "info",
            `${path} is of version ${version ?? 1}: the next change writes version ${stateVersion} and keeps a backup`,
          ),
        ]),
    ...(version === stateVersion && wasMigrated && backup === null
      ? [found("info", "state was taken over from an older version, and the backup made of that is gone")]
      : []),
  ];
}

/** Whoever runs cilo has to be able to change what it keeps, and others have no business with it. */
function judgeOwner({ home }: Paths, { userId: owner }: StateEntry, userId: number | null): Finding[] {
  if (userId === null || owner === userId) return [];
  if (userId !== 0) {
    return [
      found("problem", `${home} belongs to another user (uid ${owner}, this is uid ${userId})`, {
        hint: "cilo was run as that user, with sudo perhaps; to take it back:",
        command: `sudo chown -R "$(id -u):$(id -g)" ${quotePath(home)}`,
      }),
    ];
  }
  return [
    found(
      "warning",
      `${home} belongs to uid ${owner}, and this is root: what it writes there that user cannot change`,
      {
        hint: "run cilo as that user; what root has written already goes back to it with",
        command: `chown -R ${owner} ${quotePath(home)}`,
      },
    ),
  ];
}

/** What is said of entries that others may read or write. */
export function judgeModes(entries: readonly StateEntry[]): Finding[] {
  const open = entries.filter(({ mode }) => (mode & 0o077) !== 0);
  if (open.length === 0) return [];
  const list = open.map(({ path, mode }) => `${path} (mode ${mode.toString(8)})`).join(", ");
  return [
    found("warning", `other users may look into ${list}`, {
      command: `chmod go-rwx ${open.map(({ path }) => quotePath(path)).join(" ")}`,
    }),
  ];
}

async function judgeWritability({ home }: Paths): Promise<Finding[]> {
  try {
    await access(home, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    if (!hasErrorCode(error, "EACCES", "EPERM", "EROFS")) throw error;
    return [
      found("problem", `nothing can be written to ${home}: ${messageOf(error)}`, {
        command: `ls -ld ${quotePath(home)}`,
      }),
    ];
  }
}
