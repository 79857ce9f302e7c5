import { CiloError, hasErrorCode } from "../base/errors.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../base/process-identity.ts";
import { waitFor } from "../base/wait.ts";
import { hasRunningMembers, signalGroup } from "./process-group.ts";
import { listDescendants } from "./process-tree.ts";

export interface EndChildOptions {
  /** How long it may take to end by itself after SIGTERM; default 10 s, what Compose gives a container. */
  graceMs?: number;
  signal?: AbortSignal | undefined;
}

const defaultGraceMs = 10_000;
/** SIGKILL is not refused, but a process inside a system call ends when that returns. */
const killWaitMs = 5_000;

/**
 * Ends the child that a crashed process left running, with all it has started and its process group when it leads one:
 * SIGTERM, then SIGKILL. Does nothing unless exactly the recorded process runs; a later process with its pid is left
 * alone.
 * @throws CILO_PERMISSION_DENIED when it belongs to somebody else, CILO_OPERATION_IN_PROGRESS when it cannot be ended, and the signal's reason.
 */
export async function endLeftoverChild(child: ProcessIdentity, options: EndChildOptions = {}): Promise<void> {
  if (!(await isAlive(child))) return;
  const family = [child, ...(await identifyDescendants(child.pid))];
  const leadsGroup = sendToAll(family, "SIGTERM");
  // A stopped process gets SIGTERM only once it goes on.
  sendToAll(family, "SIGCONT");
  const { graceMs = defaultGraceMs, signal } = options;
  if (await haveEnded(family, leadsGroup, { timeoutMs: graceMs, signal })) return;
  // What was started since is found while those between still run.
  const later = await Promise.all(family.map(({ pid }) => identifyDescendants(pid)));
  const everybody = [...family, ...later.flat()];
  const alive = await onlyAlive(everybody);
  // A group outlives the process that leads it.
  sendToAll(leadsGroup ? [child, ...alive] : alive, "SIGKILL");
  if (await haveEnded(everybody, leadsGroup, { timeoutMs: killWaitMs, signal })) return;
  throw new CiloError("CILO_OPERATION_IN_PROGRESS", `cannot end pid ${child.pid}, which an earlier cilo left running`, {
    hint: `run "ps -o pid,stat,wchan,args -p ${child.pid}" to see what it waits for`,
    details: { pid: child.pid },
  });
}

async function identifyDescendants(pid: number): Promise<ProcessIdentity[]> {
  const identities = await Promise.all((await listDescendants(pid)).map(identityOf));
  return identities.filter((identity) => identity !== null);
}

async function onlyAlive(family: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  const alive = await Promise.all(family.map(isAlive));
  return family.filter((_, index) => alive[index]);
}

/** @returns whether the first of them leads a process group, to which the signal went as well. */
function sendToAll([first, ...others]: readonly ProcessIdentity[], signal: NodeJS.Signals): boolean {
  const leadsGroup = first !== undefined && send(first.pid, signal);
  for (const { pid } of others) send(pid, signal);
  return leadsGroup;
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

async function haveEnded(
  family: readonly ProcessIdentity[],
  leadsGroup: boolean,
  wait: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<boolean> {
  const [first] = family;
  const ended = await waitFor(async () => {
    if ((await onlyAlive(family)).length > 0) return null;
    return leadsGroup && first !== undefined && (await hasRunningMembers(first.pid)) ? null : true;
  }, wait);
  return ended === true;
}
