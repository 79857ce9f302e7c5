import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import type { Environment } from "../model/environment.ts";

/** Where an environment's files are; all paths absolute. */
export interface Locations {
  /** The copy: of the whole repository, when the project is inside one. */
  workspace: string;
  /** The project inside it, where Compose runs. */
  project: string;
  /** What cilo generates for it. */
  generated: string;
  override: string;
  /** A digest of the warnings that were told last. */
  told: string;
  /** What stands in for directories beside the copy that the project mounts; containers write there. */
  standIns: string;
}

/** Derives an environment's places from its names. */
export function locate(paths: Paths, environment: Pick<Environment, "project" | "name" | "projectPath">): Locations {
  const workspace = join(paths.envs, environment.project, environment.name);
  const generated = join(paths.generated, environment.project, environment.name);
  return {
    workspace,
    project: join(workspace, environment.projectPath),
    generated,
    override: join(generated, "override.yml"),
    told: join(generated, "told"),
    standIns: join(generated, "beside"),
  };
}
