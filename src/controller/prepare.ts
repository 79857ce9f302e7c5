import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import type { CopySurroundings } from "../compose/beside.ts";
import type { ServiceDescription } from "../compose/describe.ts";
import { type ComposeFiles, resolveComposeFiles } from "../compose/files.ts";
import { ownVolumes } from "../compose/override/volumes.ts";
import { type ProjectConfig, readProjectConfig } from "../compose/project-config.ts";
import type { RunCompose } from "../compose/run-compose.ts";
import { type Environment, emptyService, keyOf, type Service } from "../model/environment.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { assignServiceAddresses } from "./assign-service-addresses.ts";
import type { ControllerContext } from "./context.ts";
import { type DescribedProject, describeProject } from "./describe-project.ts";
import { locate } from "./locations.ts";

/** A project read from its Compose files, before anything is generated or touched. */
export interface ReadEnvironment extends ComposeFiles, DescribedProject {
  /** The project's directory in the workspace. */
  directory: string;
  /** The ingress service that `.cilo/config.yml` names. */
  ingress: string | null;
  composeFiles: string[];
  /** Names that the project's own volumes will have on the engine. */
  volumeNames: string[];
  /** State's new view of the services: reserved addresses kept, new ones given. */
  services: Record<string, Service>;
  warnings: string[];
}

/** Gives `compose/` a way to run Compose that knows nothing of the engine. */
export function toRunCompose(runtime: Pick<RuntimeProvider, "compose">): RunCompose {
  return (args, options) => runtime.compose({ args, ...options });
}

/**
 * Reads the project of an environment as Compose sees it, and works out the services' records: pure in its result, nothing is written.
 * @throws CILO_CONFIG_INVALID, CILO_COMPOSE_FILE_NOT_FOUND, CILO_COMPOSE_INVALID; CILO_USAGE for chosen profiles that no service has
 */
export async function readEnvironment(
  context: Pick<ControllerContext, "paths" | "env" | "signal">,
  environment: Environment,
  runtime: Pick<RuntimeProvider, "compose">,
): Promise<ReadEnvironment> {
  const { workspace, project } = locate(context.paths, environment);
  await requireWorkspace(environment, project);
  const config = await readProjectConfig(project);
  const { composeFiles, ingress } = config;
  const places = { projectDirectory: project, workspaceRoot: workspace };
  const files = await resolveComposeFiles({ ...places, configured: composeFiles, env: context.env });
  const described = await describeProject(context, {
    ...{ ...places, environment, files, config },
    run: toRunCompose(runtime),
    surroundings: surroundingsOf(context, environment),
    chosenProfiles: environment.profilesChosen === true ? environment.profiles : null,
    takeBack: `cilo up ${keyOf(environment)} --default-profiles`,
  });
  return {
    ...{ ...files, ...described, ingress, composeFiles },
    directory: project,
    services: recordServices(environment, described.descriptions),
    volumeNames: [...ownVolumes(described.reading, environment.composeProject).values()],
    warnings: warnOfFixedSettings(environment, config),
  };
}

function surroundingsOf({ paths }: Pick<ControllerContext, "paths">, environment: Environment): CopySurroundings {
  const { source, projectPath } = environment;
  const depth = projectPath.split("/").filter((name) => name !== "").length;
  const sourceRoot = resolve(source, ...Array.from({ length: depth }, () => ".."));
  return { home: paths.home, standIns: locate(paths, environment).standIns, sourceRoot };
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
  environment: Pick<Environment, "subnet" | "keptNetworks" | "services">,
  descriptions: Readonly<Record<string, ServiceDescription>>,
): Record<string, Service> {
  const addresses = assignServiceAddresses(environment, descriptions);
  // A service may be called "constructor", which every object has, or "__proto__", which an assignment would lose.
  const services = new Map<string, Service>();
  for (const [name, service] of Object.entries(environment.services)) {
    if (!Object.hasOwn(descriptions, name) && service.address !== null)
      services.set(name, { ...service, networks: [], replicas: 0 });
  }
  for (const [name, description] of Object.entries(descriptions)) {
    const known = Object.hasOwn(environment.services, name) ? environment.services[name] : undefined;
    const { purpose: _, ...before } = known ?? emptyService();
    services.set(name, {
      ...before,
      ...(description.purpose === null ? {} : { purpose: description.purpose }),
      address: description.wantsAddress ? (addresses[name] ?? null) : null,
      networks: description.networks,
      ports: description.ports,
      hostnames: description.hostnames,
      ingress: description.ingress,
      namespaceOf: description.namespaceOf,
      replicas: description.active && description.networkMode !== "provider" ? description.replicas : 0,
    });
  }
  return Object.fromEntries(services);
}
