import { CiloError } from "../base/errors.ts";
import type { ControlClient } from "../control/client.ts";
import type { DaemonStatus } from "../control/messages.ts";

/**
 * Asks the daemon how it is.
 * @throws CILO_DAEMON_NOT_RUNNING, and what the control client throws.
 */
export async function requireDaemon(control: ControlClient): Promise<DaemonStatus> {
  return requireRunning(await control.send({ type: "status" }));
}

/**
 * What a daemon said.
 * @throws CILO_DAEMON_NOT_RUNNING where there was none to say it.
 */
export function requireRunning<T>(said: T | null): T {
  if (said !== null) return said;
  throw new CiloError("CILO_DAEMON_NOT_RUNNING", "no DNS server runs", {
    hint: 'start it with "cilo dns start --detach"',
  });
}
