import { existsSync } from "node:fs";
import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { keyOf } from "../model/environment.ts";
import { isBesideFiles, isRestoration } from "../model/restoration.ts";
import { requireEnvironment } from "../model/state.ts";
import type { RunningOperation } from "../state/operation.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import type { ControllerContext } from "./context.ts";
import { locate } from "./locations.ts";

/**
 * A creation that died before its workspace was there was never acknowledged: there is nothing to start or stop. Nor is
 * there where the workspace was there before and the volumes were not all brought back.
 * @throws CILO_ENVIRONMENT_NOT_FOUND when it was one, which is now forgotten.
 */
export async function forgetHalfCreated(
  context: ControllerContext,
  environmentId: string,
  operation: RunningOperation,
): Promise<void> {
  if (operation.interrupted?.kind !== "create") return;
  const environment = requireEnvironment(await context.store.read(), environmentId);
  const { workspace } = locate(context.paths, environment);
  const hadFiles = isBesideFiles(operation.interrupted);
  if (existsSync(workspace) && !hadFiles) return;
  const key = keyOf(environment);
  const [what, command] = isRestoration(operation.interrupted)
    ? ["restoration", `cilo restore ${key}`]
    : ["creation", `cilo create ${key} --from ${environment.source}`];
  if (!hadFiles) await removeWorkspace({ path: workspace, within: context.paths.envs });
  faultPoint("half-created.removed");
  await operation.finish((_, draft) => {
    delete draft.hosts.local.environments[key];
  });
  throw new CiloError(
    "CILO_ENVIRONMENT_NOT_FOUND",
    `the ${what} of ${key} was interrupted, and ${hadFiles ? "its volumes are not all back" : "there is no workspace"} yet`,
    { hint: `run "${command}"` },
  );
}
