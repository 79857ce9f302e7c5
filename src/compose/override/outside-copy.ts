import { directoriesBetween, isOutside } from "../is-outside.ts";
import type { ProjectReading } from "../project.ts";

/**
 * Says how a path leads out of the copy: "/srv/data is outside the copy", or the link on the way that does and where it leads.
 * @param path absolute.
 * @returns null when it stays inside, links followed.
 */
export function describeWayOut(
  { workspaceRoot, realPaths }: Pick<ProjectReading, "workspaceRoot" | "realPaths">,
  path: string,
): string | null {
  const toReal = (some: string) => realPaths.get(some) ?? some;
  const leadsOut = (some: string) => isOutside(toReal(some), toReal(workspaceRoot));
  if (!leadsOut(path)) return null;
  if (isOutside(path, workspaceRoot)) return `${path} is outside the copy`;
  const link = directoriesBetween(path, workspaceRoot).find(leadsOut) ?? path;
  const subject = link === path ? `the link ${path}` : `${path}, which is below the link ${link},`;
  return `${subject} leads to ${toReal(path)}, which is outside the copy`;
}
