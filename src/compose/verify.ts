import { CiloError } from "../base/errors.ts";
import { type Finding, redactFinding } from "../model/finding.ts";
import { namesOfNetworks } from "./kept-networks.ts";
import { type ComposeProject, compareText } from "./model.ts";
import type { ProjectReading } from "./project.ts";
import { ownView, type ReadModelOptions, readModel, runEachOnce } from "./read-model.ts";
import { redactError } from "./redact.ts";
import type { RunCompose } from "./run-compose.ts";
import { userLayerPath } from "./user-layer.ts";
import { findChangedValues } from "./verify/changed-values.ts";
import { needsOwnView } from "./verify/own-view.ts";
import { toLayerRejection, toRejection } from "./verify/rejection.ts";
import { findSharedThings } from "./verify/shared-things.ts";
import { describeTakenBack, findBrokenRequirements } from "./verify/user-layer.ts";
import type { MergedProject } from "./verify/violation.ts";

export interface VerifyOptions {
  run: RunCompose;
  projectDirectory: string;
  /** The project's own files, without its user layer. */
  files: readonly string[];
  overrideFile: string;
  composeProject: string;
  networkName: string;
  reading: ProjectReading;
  signal?: AbortSignal | undefined;
}

/** The project as Compose is going to run it. */
export interface VerifiedProject {
  model: ComposeProject;
  /** What the user layer takes back of the override; without secrets. */
  takenBack: Finding[];
}

/**
 * Has Compose merge the project with its override and checks the result, not our own text: nothing is published or shared with another copy, and
 * nothing is changed that need not be. No engine is asked, so a project of an unforeseen kind is refused before anything starts. What a user layer then takes back is
 * the user's will, and told; it is refused only where cilo could not tell any more what is the copy's, or its names would lead elsewhere.
 * @throws CILO_OVERRIDE_REJECTED; details.violations has every service and field. CILO_INTERRUPTED, CILO_COMPOSE_FAILED. None holds a secret.
 */
export async function verifyMerged(options: VerifyOptions): Promise<VerifiedProject> {
  try {
    return await verify(options);
  } catch (error) {
    throw redactError(error, options.reading.redact);
  }
}

async function verify(options: VerifyOptions): Promise<VerifiedProject> {
  const { reading } = options;
  const layer = reading.userLayer;
  const readOptions: ReadModelOptions = {
    ...options,
    run: runEachOnce(options.run),
    files: [...options.files, ...(layer ? [layer.file] : []), options.overrideFile],
    envFiles: reading.envFiles,
    profiles: reading.profiles,
  };
  const [merged, final] = await Promise.all([
    readMerged(readOptions, reading),
    layer
      ? readLayered({ ...readOptions, files: [...options.files, options.overrideFile, layer.file] }, reading)
      : null,
  ]);
  const own = needsOwnView(merged, reading) ? await readMerged(readOptions, { view: ownView }) : null;
  const facts: MergedProject = { merged, reading, networkNames: namesOfNetworks(reading, options) };
  const violations = [...findSharedThings(facts), ...findChangedValues(facts)];
  const active = own === null ? reading.active : Object.keys(own.services).sort(compareText);
  if (active.join() !== reading.active.join()) {
    violations.push({
      subject: "services",
      field: "profiles",
      problem: `those in use become ${active.join(", ")} instead of ${reading.active.join(", ")}`,
    });
  }
  if (violations.length > 0) throw await toRejection(violations, options);
  if (layer === null || final === null) return { model: merged, takenBack: [] };
  const layered = { merged, final, networkName: options.networkName, layer, placed: reading };
  const broken = findBrokenRequirements(layered);
  if (broken.length > 0) throw await toLayerRejection(broken, options);
  const takenBack = describeTakenBack(layered).map((finding) => redactFinding(finding, reading.redact));
  return { model: final, takenBack };
}

/** Without the override the same files could be read: the layer says something that cannot stand together with it. */
async function readLayered(options: ReadModelOptions, reading: Pick<ProjectReading, "view">): Promise<ComposeProject> {
  try {
    return await readModel(options, reading.view);
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_COMPOSE_INVALID") throw error;
    throw new CiloError("CILO_OVERRIDE_REJECTED", `${userLayerPath} does not go with the copy: ${error.message}`, {
      hint: `edit ${options.files.at(-1)}: services are on the network "default", and what it names must be in the project or in this file`,
      cause: error,
    });
  }
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
  // Compose 2.26 reads an empty list alone, but cannot merge a further file with it.
  const emptyList = /(\S+) must be a (?:mapping|list|string)$/m.exec(message)?.[1];
  return emptyList === undefined
    ? "read the service it names in the Compose files; it uses something that cannot be copied as it is"
    : `remove the empty list at ${emptyList} from the Compose files; no further file can be merged with it`;
}
