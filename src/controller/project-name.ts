import { basename, sep } from "node:path";
import { CiloError } from "../base/errors.ts";
import type { Paths } from "../base/paths.ts";
import { toSlug } from "../model/names.ts";
import { pathInside } from "./find-environment.ts";

/**
 * The name of a project that nobody has named: its directory's, or in a workspace that of the project the workspace is a copy of.
 * @throws CILO_NAME_INVALID when no slug can be made of it.
 */
export function deriveProjectName(paths: Pick<Paths, "envs">, directory: string): string {
  const inEnvs = pathInside(paths.envs, directory);
  const name = inEnvs ? (inEnvs.split(sep)[0] ?? "") : basename(directory);
  const slug = toSlug(name);
  if (slug !== null) return slug;
  throw new CiloError(
    "CILO_NAME_INVALID",
    `no project name can be made of the directory name ${JSON.stringify(name)}`,
    {
      hint: `name the project: cilo create ENV --project NAME --from ${directory}`,
    },
  );
}
