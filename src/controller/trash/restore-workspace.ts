import { existsSync } from "node:fs";
import { join } from "node:path";
import { CiloError, messageOf } from "../../base/errors.ts";
import type { Environment } from "../../model/environment.ts";
import type { BytePath } from "../../workspace/byte-path.ts";
import { copyWorkspace } from "../../workspace/copy.ts";
import { makeWorkspace } from "../../workspace/make-workspace.ts";
import { type CopyPlan, planCopy } from "../../workspace/plan.ts";
import { restoreWork } from "../../workspace/work/restore-work.ts";
import type { ControllerContext } from "../context.ts";
import { locate } from "../locations.ts";
import { workDirectory } from "./entry.ts";
import type { WholeEntry } from "./find-entry.ts";

/**
 * Makes a workspace again: a copy of its source, changed into what it was.
 * @returns files that neither has as they were then, relative to the workspace
 * @throws CILO_RESTORE_FAILED when the source is gone or has lost commits that are needed; nothing is left then
 */
export async function restoreWorkspace(
  context: ControllerContext,
  { path, record }: WholeEntry,
  environment: Environment,
): Promise<string[]> {
  const { signal } = context;
  const { workspace } = locate(context.paths, environment);
  const { work } = record;
  if (record.keptWorkspace && existsSync(workspace)) return [];
  if (record.keptWorkspace)
    throw new CiloError("CILO_RESTORE_FAILED", `its files were left in ${workspace}, and are not there any more`);
  let missing: string[] = [];
  const restore = async (target: BytePath) => {
    if (work === null) return;
    ({ missing } = await restoreWork({
      from: join(path, workDirectory),
      saved: work,
      target,
      destination: workspace,
      signal,
    }));
  };
  if (work !== null && work.sourceRoot === null) {
    await makeWorkspace({ destination: workspace, signal, fill: restore });
  } else {
    const plan = await planAgain(context, environment, work?.sourceRoot ?? null);
    await copyWorkspace({ plan, destination: workspace, signal, beforeCommit: restore });
  }
  return missing;
}

/** The same directory is copied as the first time, whatever has been put around it since. */
async function planAgain(
  { paths, signal }: ControllerContext,
  { source, projectPath }: Environment,
  sourceRoot: string | null,
): Promise<CopyPlan> {
  try {
    const plan = await planCopy({ source, home: paths.home, onlyDirectory: projectPath === "", signal });
    return sourceRoot === null ? plan : { ...plan, root: sourceRoot, projectPath };
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_SOURCE_INVALID") throw error;
    throw new CiloError("CILO_RESTORE_FAILED", `what it was copied from is gone: ${messageOf(error)}`, {
      details: { source },
      cause: error,
    });
  }
}
