import { CiloError } from "../base/errors.ts";
import { compareText } from "./model.ts";
import type { ProjectReading } from "./project.ts";
import { ownView, type ReadModelOptions, readModel } from "./read-model.ts";
import { redactError } from "./redact.ts";
import type { RunCompose } from "./run-compose.ts";
import { findChangedValues } from "./verify/changed-values.ts";
import { findSharedThings } from "./verify/shared-things.ts";
import type { MergedProject, Violation } from "./verify/violation.ts";

export interface VerifyOptions {
  run: RunCompose;
  projectDirectory: string;
  /** The project's own files. */
  files: readonly string[];
  overrideFile: string;
  composeProject: string;
  networkName: string;
  reading: ProjectReading;
  signal?: AbortSignal | undefined;
}

/**
 * Has Compose merge the project with its override and checks the result, not our own text: nothing is published or shared with another copy, and
 * nothing is changed that need not be. No engine is asked, so a project of an unforeseen kind is refused before anything starts.
 * @throws CILO_OVERRIDE_REJECTED; details.violations has every service and field. CILO_INTERRUPTED, CILO_COMPOSE_FAILED. None holds a secret.
 */
export async function verifyMerged(options: VerifyOptions): Promise<void> {
  try {
    await verify(options);
  } catch (error) {
    throw redactError(error, options.reading.redact);
  }
}

async function verify(options: VerifyOptions): Promise<void> {
  const { reading } = options;
  const readOptions: ReadModelOptions = {
    ...options,
    files: [...options.files, options.overrideFile],
    envFiles: reading.envFiles,
    profiles: reading.profiles,
  };
  const readsOwn = reading.view.everyProfile && reading.active.length < Object.keys(reading.base.services).length;
  const [merged, own] = await Promise.all([
    readMerged(readOptions, reading),
    readsOwn ? readMerged(readOptions, { view: ownView }) : null,
  ]);
  const facts: MergedProject = { merged, reading, networkName: options.networkName };
  const violations = [...findSharedThings(facts), ...findChangedValues(facts)];
  const active = own === null ? reading.active : Object.keys(own.services).sort(compareText);
  if (active.join() !== reading.active.join()) {
    violations.push({
      subject: "services",
      field: "profiles",
      problem: `those in use become ${active.join(", ")} instead of ${reading.active.join(", ")}`,
    });
  }
  if (violations.length > 0) throw toRejection(violations, options);
}

async function readMerged(options: ReadModelOptions, reading: Pick<ProjectReading, "view">) {
  try {
    return await readModel(options, reading.view);
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_COMPOSE_INVALID") throw error;
    throw new CiloError("CILO_OVERRIDE_REJECTED", error.message, {
      hint: hintFor(error.message),
      cause: error,
    });
  }
}

function hintFor(message: string): string {
  // Compose reads an empty list where a mapping may stand, but cannot merge a further file with it.
  const emptyList = /(\S+) must be a mapping/.exec(message)?.[1];
  return emptyList === undefined
    ? "read the service it names in the Compose files; it uses something that cannot be copied as it is"
    : `remove the empty list at ${emptyList} from the Compose files; no further file can be merged with it`;
}

function toRejection(violations: readonly Violation[], options: VerifyOptions): CiloError {
  const lines = violations.map(({ subject, field, problem }) => `${subject}: ${field}: ${problem}`);
  return new CiloError(
    "CILO_OVERRIDE_REJECTED",
    `the project cannot be copied safely, nothing was started: ${lines.join("; ")}`,
    {
      hint: `compare the Compose files with the generated ${options.overrideFile}, and report this message`,
      details: { violations: [...violations] },
    },
  );
}
