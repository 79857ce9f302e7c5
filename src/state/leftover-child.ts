import { CiloError, hasErrorCode } from "../base/errors.ts";
import { isAlive, type ProcessIdentity } from "../base/process-identity.ts";
import { waitFor } from "../base/wait.ts";
import { hasRunningMembers, signalGroup } from "./process-group.ts";

export interface EndChildOptions {
  /** How long it may take to end by itself after SIGTERM; default 10 s, what Compose gives a container. */
  graceMs?: number;
  signal?: AbortSignal | undefined;
}

const defaultGraceMs = 10_000;
/** SIGKILL is not refused, but a process inside a system call ends when that returns. */
const killWaitMs = 5_000;

/**
 * Ends the child that a crashed process left running, with its process group when it leads one: SIGTERM, then SIGKILL. Does nothing unless exactly the
 * recorded process runs; a later process with its pid is left alone.
 * @throws CILO_PERMISSION_DENIED when it belongs to somebody else, CILO_OPERATION_IN_PROGRESS when it cannot be ended, and the signal's reason.
 */
export async function endLeftoverChild(child: ProcessIdentity, options: EndChildOptions = {}): Promise<void> {
  if (!(await isAlive(child))) return;
  const leadsGroup = send(child.pid, "SIGTERM");
  // A stopped process gets SIGTERM only once it goes on.
  send(child.pid, "SIGCONT");
  if (await hasEnded(child, leadsGroup, { timeoutMs: options.graceMs ?? defaultGraceMs, signal: options.signal }))
    return;
  send(child.pid, "SIGKILL");
  if (await hasEnded(child, leadsGroup, { timeoutMs: killWaitMs, signal: options.signal })) return;
  throw new CiloError("CILO_OPERATION_IN_PROGRESS", `cannot end pid ${child.pid}, which an earlier cilo left running`, {
    hint: `run "ps -o pid,stat,wchan,args -p ${child.pid}" to see what it waits for`,
    details: { pid: child.pid },
  });
}

/** @returns whether the signal went to a group that `pid` leads. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    if (signalGroup(pid, signal)) return true;
    process.kill(pid, signal);
  } catch (error) {
    if (hasErrorCode(error, "EPERM")) {
      throw new CiloError("CILO_PERMISSION_DENIED", `cannot end pid ${pid}, which an earlier cilo left running`, {
        hint: `run "ps -o user,args -p ${pid}" to see whose it is, and end it as that user with "kill ${pid}"`,
        details: { pid },
        cause: error,
      });
    }
    if (!hasErrorCode(error, "ESRCH")) throw error;
  }
  return false;
}

async function hasEnded(
  child: ProcessIdentity,
  leadsGroup: boolean,
  wait: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<boolean> {
  const ended = await waitFor(async () => {
    if (await isAlive(child)) return null;
    return leadsGroup && (await hasRunningMembers(child.pid)) ? null : true;
  }, wait);
  return ended === true;
}
