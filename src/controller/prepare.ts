import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { makeDirectory } from "../base/make-directory.ts";
import { describeServices, type ServiceDescription } from "../compose/describe.ts";
import { resolveComposeFiles } from "../compose/files.ts";
import type { Finding } from "../compose/finding.ts";
import { ownVolumes } from "../compose/override/volumes.ts";
import { renderOverride } from "../compose/override.ts";
import { type ProjectReading, readProject } from "../compose/project.ts";
import { type ProjectConfig, readProjectConfig } from "../compose/project-config.ts";
import { type RunCompose, toComposeArgs } from "../compose/run-compose.ts";
import { verifyMerged } from "../compose/verify.ts";
import { type Environment, emptyService, keyOf, type Service } from "../model/environment.ts";
import { toNetworkName } from "../model/names.ts";
import { assignAddresses } from "../network/addresses.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { toWriteProblem } from "../state/file-problems.ts";
import type { ControllerContext } from "./context.ts";
import { locate } from "./locations.ts";

/** A project read from its Compose files, before anything is generated or touched. */
export interface ReadEnvironment {
  files: string[];
  envFiles: string[];
  /** The ingress service that `.cilo/config.yml` names. */
  ingress: string | null;
  composeFiles: string[];
  profiles: string[];
  reading: ProjectReading;
  descriptions: Record<string, ServiceDescription>;
  /** Names that the project's own volumes will have on the engine. */
  volumeNames: string[];
  /** State's new view of the services: reserved addresses kept, new ones given. */
  services: Record<string, Service>;
  warnings: string[];
  findings: Finding[];
}

/** Gives `compose/` a way to run Compose that knows nothing of the engine. */
export function toRunCompose(runtime: Pick<RuntimeProvider, "compose">): RunCompose {
  return (args, options) => runtime.compose({ args, ...options });
}

/**
 * Reads the project of an environment as Compose sees it, and works out the services' records: pure in its result, nothing is written.
 * @throws CILO_CONFIG_INVALID, CILO_COMPOSE_FILE_NOT_FOUND, CILO_COMPOSE_INVALID
 */
export async function readEnvironment(
  context: Pick<ControllerContext, "paths" | "env" | "signal">,
  environment: Environment,
  runtime: Pick<RuntimeProvider, "compose">,
): Promise<ReadEnvironment> {
  const { workspace, project } = locate(context.paths, environment);
  await requireWorkspace(environment, project);
  const config = await readProjectConfig(project);
  const composeFiles = config.composeFiles;
  const { files, envFiles } = await resolveComposeFiles({
    projectDirectory: project,
    workspaceRoot: workspace,
    configured: composeFiles,
    env: context.env,
  });
  const { profiles } = config;
  const reading = await readProject({
    run: toRunCompose(runtime),
    projectDirectory: project,
    workspaceRoot: workspace,
    files,
    envFiles,
    profiles,
    composeProject: environment.composeProject,
    env: context.env,
    signal: context.signal,
  });
  const { services: descriptions, findings } = describeServices(reading, config.ingress);
  const services = recordServices(environment, descriptions);
  return {
    files,
    envFiles,
    ingress: config.ingress,
    composeFiles,
    profiles,
    reading,
    descriptions,
    services,
    volumeNames: [...ownVolumes(reading, environment.composeProject).values()],
    warnings: warnOfFixedSettings(environment, config),
    findings: [...reading.findings, ...findings],
  };
}

/** Names are given at creation: containers, volumes and state carry them. */
function warnOfFixedSettings(environment: Environment, config: ProjectConfig): string[] {
  const { project, suffix } = environment;
  const again = 'it is fixed at creation; "cilo create" another environment for it';
  return [
    ...(config.project === null || config.project === project
      ? []
      : [`project is ${project}, not ${config.project}: ${again}`]),
    ...(config.dnsSuffix === null || config.dnsSuffix === suffix
      ? []
      : [`dns_suffix is ${suffix}, not ${config.dnsSuffix}: ${again}`]),
  ];
}

async function requireWorkspace(environment: Environment, project: string): Promise<void> {
  const found = await stat(project).catch((error: unknown) => {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  });
  if (found?.isDirectory()) return;
  const key = keyOf(environment);
  throw new CiloError("CILO_WORKSPACE_MISSING", `the workspace of ${key} is gone: ${project}`, {
    hint: `remove the rest with "cilo destroy ${key}", then "cilo create ${key} --from ${environment.source}"`,
  });
}

/**
 * The services' records after the project was read: a service keeps the address reserved for it, and one that is gone from the project keeps its reservation, until the
 * environment is destroyed.
 */
export function recordServices(
  environment: Pick<Environment, "subnet" | "services">,
  descriptions: Readonly<Record<string, ServiceDescription>>,
): Record<string, Service> {
  const reserved = Object.fromEntries(
    Object.entries(environment.services).map(([name, service]) => [name, service.address]),
  );
  const wanting = Object.entries(descriptions).filter(([, description]) => description.wantsAddress);
  const addresses = assignAddresses({
    subnet: environment.subnet,
    services: wanting.map(([name]) => name),
    reserved,
  });
  const services: Record<string, Service> = {};
  for (const [name, service] of Object.entries(environment.services)) {
    if (descriptions[name] === undefined && service.address !== null) services[name] = { ...service, replicas: 0 };
  }
  for (const [name, description] of Object.entries(descriptions)) {
    services[name] = {
      ...(environment.services[name] ?? emptyService()),
      address: description.wantsAddress ? (addresses[name] ?? null) : null,
      ports: description.ports,
      hostnames: description.hostnames,
      ingress: description.ingress,
      namespaceOf: description.namespaceOf,
      replicas: description.active && description.networkMode !== "provider" ? description.replicas : 0,
    };
  }
  return services;
}

/**
 * Writes the generated files of an environment and has Compose merge them, so that a mistake is found before the engine is asked for anything.
 * @returns what the override makes different for the user.
 */
export async function writeOverride(
  context: Pick<ControllerContext, "paths" | "signal">,
  options: { installation: string; environment: Environment; read: ReadEnvironment; runtime: RuntimeProvider },
): Promise<{ override: string; runFile: (service: string) => string; findings: Finding[] }> {
  const { installation, environment, read, runtime } = options;
  const places = locate(context.paths, environment);
  const rendered = renderOverride({
    reading: read.reading,
    installation,
    environment,
    networkName: toNetworkName(environment.composeProject),
    configuredIngress: read.ingress,
    addresses: Object.fromEntries(Object.entries(read.services).map(([name, service]) => [name, service.address])),
  });
  const isNews = (await readIfThere(places.override)) !== rendered.override;
  try {
    await makeDirectory(places.generated);
    await writeFileAtomically(places.override, rendered.override);
  } catch (error) {
    throw toWriteProblem(error, "write", places.override);
  }
  await verifyMerged({
    run: toRunCompose(runtime),
    projectDirectory: places.project,
    files: read.files,
    overrideFile: places.override,
    composeProject: environment.composeProject,
    networkName: toNetworkName(environment.composeProject),
    reading: read.reading,
    signal: context.signal,
  });
  // What it makes different is told once, not at every start.
  return { override: places.override, runFile: rendered.runFile, findings: isNews ? rendered.findings : [] };
}

/** The arguments every Compose command on an environment's files begins with. */
export function composeFileArguments(
  environment: Pick<Environment, "composeProject">,
  read: Pick<ReadEnvironment, "files" | "envFiles" | "profiles">,
  generated: readonly string[],
): string[] {
  return toComposeArgs({
    composeProject: environment.composeProject,
    files: [...read.files, ...generated],
    envFiles: read.envFiles,
    profiles: read.profiles,
  });
}

/** Path of the further override for one service whose containers must do without its fixed address. */
export function runFilePath(generated: string, service: string): string {
  return join(generated, `run-${createHash("sha256").update(service).digest("hex").slice(0, 12)}.yml`);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return null;
    throw error;
  }
}
