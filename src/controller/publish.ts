import { CiloError } from "../base/errors.ts";
import type { Environment } from "../model/environment.ts";
import { toPublished } from "../model/published.ts";
import type { ControllerContext } from "./context.ts";

/** Tells the daemon what an environment's names are now, and returns once it answers so. Without a daemon it says how names begin to answer. */
export async function publish(
  context: Pick<ControllerContext, "control" | "emit">,
  environment: Environment,
  revision: number,
): Promise<void> {
  const acknowledged = await context.control.send({
    type: "publish",
    revision,
    status: environment.status,
    composeProject: environment.composeProject,
    environment: toPublished(environment),
  });
  for (const text of acknowledged?.warnings ?? []) context.emit({ type: "warning", text });
  if (acknowledged === null) {
    const hasNames = Object.values(environment.services).some((service) => service.addresses.length > 0);
    if (hasNames) {
      context.emit({ type: "info", text: 'names will answer once the DNS server runs: "cilo dns start --detach"' });
    }
    return;
  }
  requireRevision(acknowledged.revision, revision);
}

/** Tells the daemon that an environment is gone. */
export async function withdraw(
  context: Pick<ControllerContext, "control">,
  environmentId: string,
  revision: number,
): Promise<void> {
  const acknowledged = await context.control.send({ type: "withdraw", revision, environmentId });
  if (acknowledged !== null) requireRevision(acknowledged.revision, revision);
}

function requireRevision(acknowledged: number, revision: number): void {
  if (acknowledged >= revision) return;
  throw new CiloError(
    "CILO_DAEMON_NO_ACK",
    `the daemon confirmed revision ${acknowledged}, state is at revision ${revision}`,
    { hint: 'run "cilo dns stop", then "cilo dns start --detach"' },
  );
}
