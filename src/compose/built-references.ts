import { type ComposeProject, compareText, unescapeDollars } from "./model.ts";

/**
 * The names that the images of a project get when it is built: `image`, else the one that Compose makes up, and `build.tags`.
 * @param active the services that are on.
 * @param composeProject what Compose calls the project.
 * @returns references as they are written, by service in the order of their names; services that are not built are left out.
 * @see https://github.com/docker/compose/blob/v2.26.1/pkg/api/api.go (GetImageNameOrDefault)
 */
export function builtReferences(
  { services }: Pick<ComposeProject, "services">,
  active: readonly string[],
  composeProject: string,
): Map<string, string[]> {
  const references = new Map<string, string[]>();
  for (const name of [...active].sort(compareText)) {
    const service = services[name];
    if (!service?.build) continue;
    const { image, build } = service;
    references.set(name, [image || `${composeProject}-${name}`, ...(build.tags ?? [])].map(unescapeDollars));
  }
  return references;
}
