import type { Environment } from "./environment.ts";

/** Labels of everything cilo creates. They stay as they are for an object's whole life. */
export const labelKeys = {
  cilo: "cilo",
  installation: "cilo.installation",
  id: "cilo.id",
  project: "cilo.project",
  environment: "cilo.environment",
  service: "cilo.service",
  /** Of the short-lived containers that `cilo verify` probes from; until when one may be in use, ISO 8601. */
  probe: "cilo.probe",
  /** Of containers and images that exist for a moment to copy volumes: the environment's id. */
  archive: "cilo.archive",
} as const;

/** Labels a user writes in a Compose file. */
export const userLabelKeys = {
  hostnames: "cilo.hostnames",
  ingress: "cilo.ingress",
} as const;

/** Labels of an environment's network, volumes and built images. */
export function labelsOfEnvironment(
  installation: string,
  environment: Pick<Environment, "id" | "project" | "name">,
): Record<string, string> {
  return {
    [labelKeys.cilo]: "true",
    [labelKeys.installation]: installation,
    [labelKeys.id]: environment.id,
    [labelKeys.project]: environment.project,
    [labelKeys.environment]: environment.name,
  };
}

/** Labels of a service's containers. */
export function labelsOfContainer(
  installation: string,
  environment: Pick<Environment, "id" | "project" | "name">,
  service: string,
): Record<string, string> {
  return { ...labelsOfEnvironment(installation, environment), [labelKeys.service]: service };
}

/**
 * Labels of a container that probes from inside an environment. Its image may bring labels along, of Compose or of a
 * container it was committed from; those that would make it look like one of a service's containers are blotted out.
 */
export function labelsOfProbe(
  installation: string,
  environment: Pick<Environment, "id" | "project" | "name">,
  inUseUntil: Date,
): Record<string, string> {
  return {
    ...labelsOfEnvironment(installation, environment),
    [labelKeys.service]: "",
    [labelKeys.probe]: inUseUntil.toISOString(),
    "com.docker.compose.project": "",
    "com.docker.compose.service": "",
    "com.docker.compose.oneoff": "True",
  };
}

/**
 * Labels of a container that volumes are copied with, and of its image. Whoever finds it after that time may remove it.
 */
export function labelsOfArchive(
  installation: string,
  environment: Pick<Environment, "id" | "project" | "name">,
  inUseUntil: Date,
): Record<string, string> {
  return { ...labelsOfProbe(installation, environment, inUseUntil), [labelKeys.archive]: environment.id };
}
