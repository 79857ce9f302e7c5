import { CiloError } from "../base/errors.ts";
import { keyOf } from "../model/environment.ts";
import { type ControllerContext, step } from "./context.ts";
import { lastLines } from "./last-lines.ts";
import { listMembers, type RemoveOptions } from "./remove-containers.ts";

type StopOptions = Omit<RemoveOptions, "stepId">;

/**
 * Stops an environment's containers and leaves them there, so that nothing writes to its volumes and its workspace any more. What cannot be stopped
 * without stopping something of others goes on.
 */
export async function stopContainers(context: ControllerContext, options: StopOptions): Promise<void> {
  const { engine, installation, environment } = options;
  const { own, foreign } = await listMembers(engine, installation, environment);
  const isAnythingUp = own.some(({ state }) => state !== "created" && state !== "exited" && state !== "dead");
  if (!isAnythingUp || foreign.length > 0) return;
  await step(context, `stop ${keyOf(environment)}`, (stepId) => composeStop(context, options, stepId));
}

async function composeStop(
  context: ControllerContext,
  { engine, environment, operation }: StopOptions,
  stepId: string,
): Promise<void> {
  const result = await engine.compose({
    args: ["--project-name", environment.composeProject, "stop"],
    // Compose would read a .env of the working directory.
    cwd: context.paths.home,
    env: context.env,
    usesEngine: true,
    signal: context.signal,
    onStart: (pid) => operation.recordChild(pid),
    onLine: (line) => context.emit({ type: "output", id: stepId, line }),
  });
  context.signal.throwIfAborted();
  if (result.exitCode === 0) return;
  const what = `docker compose could not stop ${keyOf(environment)}`;
  throw new CiloError("CILO_COMPOSE_FAILED", `${what}: ${lastLines(result)}`, { hint: "run the same command again" });
}
