import { CiloError } from "../base/errors.ts";

/**
 * The error of whoever would start a second daemon.
 * @param running.pid the first one's, null when it is not known.
 */
export function alreadyRunning(running: { home: string; pid: number | null }, cause?: unknown): CiloError {
  const { home, pid } = running;
  const who = pid === null ? "" : ` (pid ${pid})`;
  return new CiloError("CILO_DAEMON_RUNNING", `a daemon runs already for ${home}${who}`, {
    hint: 'see it with "cilo dns status", or end it with "cilo dns stop"',
    details: { pid },
    cause,
  });
}
