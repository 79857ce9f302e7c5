import { readFileSync } from "node:fs";
import { type Adapter, Low } from "lowdb";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { emptyState, type State, stateVersion } from "../model/state.ts";
import { backUp, findNewestBackup } from "./backup.ts";
import { quotePath, toWriteProblem } from "./file-problems.ts";
import { findJsonProblem } from "./json-problem.ts";
import { migrate } from "./migrate.ts";
import { parseState } from "./schema.ts";
import { isJsonObject } from "./schema-parts.ts";

/** The state file, read. */
export interface StateFile {
  /** Migrated and checked; what `write` writes. */
  data: State;
  write(): Promise<void>;
}

export interface StateFileOptions {
  path: string;
  /** The installation's id in a file that does not have one yet. */
  installation: string;
  /** Asked after the new contents are on disk and before they replace the old; a throw leaves the old. */
  beforeReplace(): Promise<void>;
}

/** A state file as it was found. */
interface FoundFile {
  data: Uint8Array;
  version: number;
  state: State;
}

/** How many of the problems in a file are told; the rest are counted. */
const toldProblems = 20;

/**
 * Opens the state file; one that does not exist is as good as an empty one.
 * @throws CILO_STATE_UNREADABLE, CILO_STATE_TOO_NEW. The file is never changed by reading, and `write` throws CILO_DISK_FULL, CILO_HOME_NOT_WRITABLE
 * and CILO_LOCKED, when the file is not the one that was read any more.
 */
export async function openStateFile(options: StateFileOptions): Promise<StateFile> {
  const database = new Low<State>(createAdapter(options), emptyState(options.installation));
  await database.read();
  return database;
}

function createAdapter(options: StateFileOptions): Adapter<State> {
  const { path, installation } = options;
  let found: FoundFile | null = null;
  return {
    async read() {
      found = await readStateFile(path, installation);
      return found?.state ?? null;
    },
    async write(state) {
      const text = `${JSON.stringify(state, null, 2)}\n`;
      refuseInvalid(text);
      try {
        if (found !== null && found.version < stateVersion) {
          await backUp(path, found.version, found.data);
          faultPoint("state.backed-up");
        }
        await replace(text, options, found?.data ?? null);
      } catch (error) {
        throw toWriteProblem(error, "write the state file", path);
      }
    },
  };
}

async function replace(
  text: string,
  { path, beforeReplace }: StateFileOptions,
  expected: Uint8Array | null,
): Promise<void> {
  try {
    await writeFileAtomically(path, text, {
      mode: 0o600,
      beforeReplace: async () => {
        await beforeReplace();
        await refuseChanged(path, expected);
        faultPoint("state.replacing");
      },
    });
  } catch (error) {
    // The next holder has taken the new contents away: the lock was lost after the last look at it.
    if (hasErrorCode(error, "ENOENT")) await beforeReplace();
    throw error;
  }
}

/** A file that this program could not read again must not be written. */
function refuseInvalid(text: string): void {
  const result = parseState(JSON.parse(text));
  if ("state" in result) return;
  throw new CiloError("CILO_BUG", `cannot write the state file: ${listProblems(result.problems)}`, {
    details: { problems: result.problems },
  });
}

async function refuseChanged(path: string, expected: Uint8Array | null): Promise<void> {
  const current = readBytes(path);
  if (expected === null ? current === null : current !== null && Buffer.compare(current, expected) === 0) return;
  throw new CiloError(
    "CILO_LOCKED",
    `cannot write ${path}: something else wrote it at the same time; it was left as it is`,
    {
      hint: "run the command again",
      details: { path },
    },
  );
}

async function readStateFile(path: string, installation: string): Promise<FoundFile | null> {
  let data: Uint8Array | null;
  try {
    data = readBytes(path);
  } catch (error) {
    // A path through a file: CILO_HOME cannot be there at all, so there is no state to protect.
    if (hasErrorCode(error, "ENOTDIR")) throw toWriteProblem(error, "open", path);
    throw await toUnreadable(path, [messageOf(error)], error);
  }
  if (data === null) return null;
  const document = await parseJson(path, data);
  const version = await readVersion(path, document);
  const migrated = migrate(document, version, installation);
  const result = "problems" in migrated ? migrated : parseState(migrated.document);
  if ("problems" in result) throw await toUnreadable(path, result.problems);
  return { data, version, state: result.state };
}

function readBytes(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return null;
    throw error;
  }
}

async function parseJson(path: string, data: Uint8Array): Promise<Record<string, unknown>> {
  let document: unknown;
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    document = JSON.parse(text);
  } catch (error) {
    const problem = error instanceof SyntaxError ? findJsonProblem(text) : null;
    const told =
      problem === null ? messageOf(error) : `line ${problem.line} column ${problem.column}: ${problem.message}`;
    throw await toUnreadable(path, [told], error);
  }
  if (!isJsonObject(document)) throw await toUnreadable(path, ["the file: expected an object"]);
  return document;
}

async function readVersion(path: string, document: Record<string, unknown>): Promise<number> {
  const { version = 0 } = document;
  // The Go program's first releases did not write a version, or 0.
  if (version === 0 && "environments" in document) return 1;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    const seen = JSON.stringify(document.version) ?? "missing";
    throw await toUnreadable(path, [`version: expected an integer from 1 to ${stateVersion} but is ${seen}`]);
  }
  if (version <= stateVersion) return version;
  throw new CiloError(
    "CILO_STATE_TOO_NEW",
    `cannot read the state file ${path}: it has version ${version}, this cilo knows up to ${stateVersion}`,
    {
      hint: 'install the cilo that wrote it, or a newer one: "npm install --global cilo@latest"',
      details: { path, version, known: stateVersion },
    },
  );
}

async function toUnreadable(path: string, problems: string[], cause?: unknown): Promise<CiloError> {
  const backup = await findNewestBackup(path);
  const file = quotePath(path);
  return new CiloError(
    "CILO_STATE_UNREADABLE",
    `cannot read the state file ${path}, which was left as it is: ${listProblems(problems)}`,
    {
      hint:
        backup === null
          ? `repair the file by hand; or start empty with "mv ${file} ${file}.broken" ("cilo doctor" then lists what is left on the engine)`
          : `repair the file by hand; or go back to the newest backup with "cp ${quotePath(backup)} ${file}"`,
      details: { path, problems, backup },
      cause,
    },
  );
}

function listProblems(problems: readonly string[]): string {
  const [first = "", ...rest] = problems;
  if (rest.length === 0) return first;
  const told = problems.slice(0, toldProblems).map((problem) => `\n  ${problem}`);
  const untold = problems.length - told.length;
  return `${problems.length} problems${told.join("")}${untold > 0 ? `\n  and ${untold} more` : ""}`;
}
