import { CiloError } from "../base/errors.ts";
import type { ControlClient } from "../control/client.ts";
import type { DaemonStatus } from "../control/messages.ts";

/**
 * Asks the daemon how it is.
 * @throws CILO_DAEMON_NOT_RUNNING, and what the control client throws.
 */
export async function requireDaemon(control: ControlClient): Promise<DaemonStatus> {
  const status = await control.send({ type: "status" });
  if (status !== null) return status;
  throw new CiloError("CILO_DAEMON_NOT_RUNNING", "no DNS server runs", {
    hint: 'start it with "cilo dns start --detach"',
  });
}
