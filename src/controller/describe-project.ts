import { readDefaultProfiles } from "../compose/default-profiles.ts";
import { describeServices, type ServiceDescription } from "../compose/describe.ts";
import type { ComposeFiles } from "../compose/files.ts";
import { profilesOf, requireProfiles } from "../compose/profiles.ts";
import { type ProjectReading, type ReadProjectOptions, readProject } from "../compose/project.ts";
import type { ProjectConfig } from "../compose/project-config.ts";
import { requireConfigFits } from "../compose/project-config-fit.ts";
import type { Environment } from "../model/environment.ts";
import type { Finding } from "../model/finding.ts";
import { advertisedDomain, type NamedEnvironment, projectDomain } from "../model/host-names.ts";
import type { ControllerContext } from "./context.ts";

/** A project as its copy would be run. */
export interface DescribedProject {
  reading: ProjectReading;
  descriptions: Record<string, ServiceDescription>;
  /** What Compose is told to turn on; empty: its own rules. */
  profiles: string[];
  /** What is on, by those rules as well. */
  profilesInUse: string[];
  findings: Finding[];
}

type ReadHow = Required<Pick<ReadProjectOptions, "run" | "projectDirectory" | "workspaceRoot" | "surroundings">>;

export interface DescribeOptions extends ReadHow {
  environment: NamedEnvironment & Pick<Environment, "composeProject">;
  files: ComposeFiles;
  config: ProjectConfig;
  /** Profiles that the user named instead of those of the configuration; null: none. */
  chosenProfiles: readonly string[] | null;
  /** The command that takes that choice back, where it is remembered. */
  takeBack: string | null;
}

/**
 * Reads a project with its configuration, and what its services are to be in a copy.
 * @throws CILO_COMPOSE_INVALID, CILO_CONFIG_INVALID; CILO_USAGE for chosen profiles that no service has
 */
export async function describeProject(
  { env, signal }: Pick<ControllerContext, "env" | "signal">,
  { environment, files, config, chosenProfiles, takeBack, ...how }: DescribeOptions,
): Promise<DescribedProject> {
  const profiles = [...(chosenProfiles ?? config.profiles)];
  const reading = await readProject({
    ...{ ...how, ...files, profiles, env, signal },
    composeProject: environment.composeProject,
    copyOptions: config.copyOptions,
    publicNames: publicNamesOf(environment),
  });
  requireConfigFits(config, reading);
  if (chosenProfiles !== null) requireProfiles(chosenProfiles, profilesOf(reading.base), takeBack);
  const { services: descriptions, findings } = describeServices(reading, config.ingress);
  return {
    reading,
    descriptions,
    profiles,
    profilesInUse: profiles.length > 0 ? profiles : await readDefaultProfiles(files, env),
    findings: [...reading.findings, ...findings],
  };
}

/** Messages say them anyway. */
function publicNamesOf(environment: NamedEnvironment): string[] {
  const { project, name, suffix } = environment;
  return [project, name, suffix, projectDomain(environment), advertisedDomain(environment)];
}
