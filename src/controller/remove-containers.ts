import { CiloError } from "../base/errors.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import { lastLines } from "./compose-up.ts";
import { isOwn } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { removeNetworks } from "./network.ts";
import { addAnonymousVolumes } from "./record.ts";
import { requireEnvironment } from "./require-environment.ts";

export interface RemoveOptions {
  engine: RuntimeProvider;
  installation: string;
  environment: Environment;
  operation: RunningOperation;
  /** Step that Compose's lines belong to. */
  stepId: string;
}

/**
 * Removes an environment's containers and network. Their anonymous volumes are written down first: nothing else would know them later. Needs neither workspace nor Compose
 * files, so that what cannot be read any more can still be removed.
 */
export async function removeContainers(context: ControllerContext, options: RemoveOptions): Promise<void> {
  const { engine, installation, environment, operation } = options;
  await operation.step("record-volumes");
  const { own, foreign } = await listMembers(options);
  const anonymousVolumes = await collectAnonymousVolumes(engine, own);
  await context.store.update((draft) => {
    const record = requireEnvironment(draft, environment.id);
    record.anonymousVolumes = addAnonymousVolumes(record, anonymousVolumes);
  });
  await operation.step("compose-down");
  if (foreign.length === 0 && own.length > 0) await composeDown(context, options);
  for (const { name } of foreign) {
    context.emit({
      type: "warning",
      text: `container ${name} calls itself part of ${environment.composeProject} but is not cilo's; it stays`,
    });
  }
  // What Compose left, and all of it when Compose could not be let at it.
  for (const { id } of (await listMembers(options)).own) await engine.removeContainer(id);
  await operation.step("remove-network");
  await removeNetworks(engine, installation, environment);
}

async function listMembers(options: RemoveOptions): Promise<{ own: ContainerFacts[]; foreign: ContainerFacts[] }> {
  const { engine, environment, installation } = options;
  const [labelled, inProject] = await Promise.all([
    engine.listContainers({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation }),
    engine.listContainers({ "com.docker.compose.project": environment.composeProject }),
  ]);
  return {
    own: labelled,
    foreign: inProject.filter(({ labels }) => !isOwn(environment, installation, labels)),
  };
}

/** Compose stops services in the order of their dependencies; it finds them by its own labels, no file is needed. */
async function composeDown(context: ControllerContext, options: RemoveOptions): Promise<void> {
  const { engine, environment, operation, stepId } = options;
  const result = await engine.compose({
    args: ["--project-name", environment.composeProject, "down", "--remove-orphans"],
    // Compose would read a .env of the working directory.
    cwd: context.paths.home,
    env: context.env,
    signal: context.signal,
    onStart: (pid) => operation.recordChild(pid),
    onLine: (line) => context.emit({ type: "output", id: stepId, line }),
  });
  await operation.clearChild();
  if (result.exitCode === 0) return;
  if (context.signal.aborted) throw new CiloError("CILO_INTERRUPTED", `down of ${keyOf(environment)} was interrupted`);
  throw new CiloError(
    "CILO_COMPOSE_FAILED",
    `docker compose could not stop ${keyOf(environment)}: ${lastLines(result)}`,
    { hint: `run "cilo down ${keyOf(environment)}" again` },
  );
}
