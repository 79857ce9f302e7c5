import { CiloError } from "../../base/errors.ts";
import { waitFor } from "../../base/wait.ts";
import type { ControllerContext } from "../context.ts";
import type { ObservedDaemon } from "./observation.ts";

/** The daemon reads state again within moments of a change; one that takes longer is behind. */
const catchUpMs = 1_000;

type Seen = ObservedDaemon | { problem: string } | null;

/**
 * Asks the daemon what it answers.
 * @param before what it said earlier, and the revision of state read since: it is given a moment to read that as well.
 */
export async function observeDaemon(
  context: Pick<ControllerContext, "control" | "signal">,
  before: { seen: Seen; revision: number } | null,
): Promise<Seen> {
  if (before === null) return await ask(context);
  const { seen, revision } = before;
  const isBehind = (one: Seen) => one !== null && "revision" in one && one.revision < revision;
  if (!isBehind(seen)) return seen;
  let last = seen;
  await waitFor(
    async () => {
      last = await ask(context);
      return isBehind(last) ? null : true;
    },
    { timeoutMs: catchUpMs, signal: context.signal },
  );
  return last;
}

async function ask({ control }: Pick<ControllerContext, "control">): Promise<Seen> {
  try {
    const answered = await control.send({ type: "environments" });
    if (answered === null) return null;
    const { environments, ...rest } = answered;
    return { ...rest, environments: Object.fromEntries(environments.map(({ id, ...served }) => [id, served])) };
  } catch (error) {
    if (!(error instanceof CiloError) || error.code === "CILO_BUG") throw error;
    return error.code === "CILO_DAEMON_PROTOCOL" ? await askOlder({ control }) : { problem: error.message };
  }
}

/** A daemon of an older cilo says in any version who it is, and not what it answers. */
async function askOlder({ control }: Pick<ControllerContext, "control">): Promise<Seen> {
  try {
    const status = await control.send({ type: "status" });
    if (status === null) return null;
    const { pid, revision, engine } = status;
    return { pid, revision, installation: null, hasEngine: engine.connected, environments: null };
  } catch (error) {
    if (!(error instanceof CiloError) || error.code === "CILO_BUG") throw error;
    return { problem: error.message };
  }
}
