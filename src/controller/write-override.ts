import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { faultPoint } from "../base/fault-point.ts";
import { makeDirectory } from "../base/make-directory.ts";
import { readIfThere } from "../base/read-if-there.ts";
import { builtReferences } from "../compose/built-references.ts";
import { type RenderedOverride, renderOverride } from "../compose/override.ts";
import { toComposeArgs } from "../compose/run-compose.ts";
import { type FixedNames, fixedNamesOf, withoutTakenBack } from "../compose/verify/user-layer.ts";
import { verifyMerged } from "../compose/verify.ts";
import type { Environment } from "../model/environment.ts";
import type { Finding } from "../model/finding.ts";
import { toNetworkName } from "../model/names.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { toWriteProblem } from "../state/file-problems.ts";
import type { ControllerContext } from "./context.ts";
import { locate } from "./locations.ts";
import { type ReadEnvironment, toRunCompose } from "./prepare.ts";

/** The generated override of an environment, on disk and checked. */
export interface WrittenOverride extends Pick<RenderedOverride, "runFile"> {
  /** Its path. */
  override: string;
  /** What is different for the user. */
  findings: Finding[];
  /** Names that a user layer may have given although only one copy at a time can have them. */
  fixedNames: FixedNames;
  /** The names that each service's build gives, by service: of those that are on and are built. */
  builtImages: Map<string, string[]>;
}

export interface WriteOptions {
  installation: string;
  environment: Environment;
  read: ReadEnvironment;
  runtime: RuntimeProvider;
  /** Whether the environment's lock is held. Without it another process may be about to start what its own override says, so the text goes to a file of this process's. */
  isLocked: boolean;
}

function privateOverride({ generated }: ReturnType<typeof locate>): string {
  return join(generated, `override-${process.pid}.yml`);
}

/**
 * Writes the generated files of an environment and has Compose merge them, so that a mistake is found before the engine is asked for anything.
 * @throws CILO_OVERRIDE_REJECTED
 */
export async function writeOverride(
  context: Pick<ControllerContext, "paths" | "signal">,
  options: WriteOptions,
): Promise<WrittenOverride> {
  const { installation, environment, read, runtime } = options;
  const places = locate(context.paths, environment);
  const networkName = toNetworkName(environment.composeProject);
  const rendered = renderOverride({
    reading: read.reading,
    installation,
    environment,
    networkName,
    configuredIngress: read.ingress,
    addresses: Object.fromEntries(Object.entries(read.services).map(([name, service]) => [name, service.address])),
    keptSubnets: environment.keptNetworks ?? {},
  });
  const isThere = (await readIfThere(places.override)) === rendered.override;
  const override = isThere || options.isLocked ? places.override : privateOverride(places);
  if (!isThere) await writeGenerated({ ...places, override }, rendered.override);
  const { model, takenBack } = await verifyMerged({
    run: toRunCompose(runtime),
    projectDirectory: places.project,
    files: read.files,
    overrideFile: override,
    composeProject: environment.composeProject,
    networkName,
    reading: read.reading,
    signal: context.signal,
  });
  return {
    override,
    runFile: rendered.runFile,
    findings: [...withoutTakenBack(rendered.findings, takenBack), ...takenBack],
    fixedNames: read.userLayer === null ? { containers: [], volumes: [] } : fixedNamesOf(model),
    builtImages: builtReferences(model, read.reading.active, environment.composeProject),
  };
}

async function writeGenerated({ generated, override }: ReturnType<typeof locate>, text: string): Promise<void> {
  try {
    await makeDirectory(generated);
    await writeFileAtomically(override, text);
    faultPoint("override.written");
  } catch (error) {
    throw toWriteProblem(error, "write", override);
  }
}

/** The arguments every Compose command on an environment's files begins with: what comes later in them wins. */
export function composeFileArguments(
  environment: Pick<Environment, "composeProject">,
  read: Pick<ReadEnvironment, "files" | "envFiles" | "profiles" | "userLayer">,
  generated: { override: string; runFiles?: readonly string[] },
): string[] {
  const layer = read.userLayer === null ? [] : [read.userLayer.file];
  return toComposeArgs({
    composeProject: environment.composeProject,
    files: [...read.files, generated.override, ...layer, ...(generated.runFiles ?? [])],
    envFiles: read.envFiles,
    profiles: read.profiles,
  });
}

/** Path of the further override for one service whose containers must do without its fixed address. */
export function runFilePath(generated: string, service: string): string {
  return join(generated, `run-${createHash("sha256").update(service).digest("hex").slice(0, 12)}.yml`);
}
