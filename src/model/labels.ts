import type { Environment } from "./environment.ts";

/** Labels of everything cilo creates. They stay as they are for an object's whole life. */
export const labelKeys = {
  cilo: "cilo",
  installation: "cilo.installation",
  id: "cilo.id",
  project: "cilo.project",
  environment: "cilo.environment",
  service: "cilo.service",
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
