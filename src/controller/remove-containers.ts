import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import { type ForeignObject, findForeignObjects, isOwnContainer } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { lastLines } from "./last-lines.ts";
import { removeNetworks } from "./network.ts";
import { addAnonymousVolumes } from "./record.ts";
import { takeOverArchives } from "./trash/take-over-archives.ts";
import { describeSilence, longSilenceMs, watchSilence } from "./watch-silence.ts";

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
 * @returns whether there was anything to remove.
 */
export async function removeContainers(context: ControllerContext, options: RemoveOptions): Promise<boolean> {
  const { engine, installation, environment, operation } = options;
  await operation.step("record-volumes");
  await takeOverArchives(options);
  const { own, foreign } = await listMembers(engine, installation, environment);
  const anonymousVolumes = await collectAnonymousVolumes(engine, own);
  await operation.update((record) => {
    record.anonymousVolumes = addAnonymousVolumes(record, anonymousVolumes);
  });
  faultPoint("containers.volumes-recorded");
  await operation.step("compose-down");
  // Compose goes by the project's name, so it is not let at what is not all ours.
  if (foreign.length === 0 && own.length > 0) await composeDown(context, options);
  faultPoint("containers.composed-down");
  for (const { kind, name } of foreign) {
    context.emit({
      type: "warning",
      text: `${kind} ${name} looks like part of ${keyOf(environment)} but is not; it stays`,
    });
  }
  const left = await listMembers(engine, installation, environment);
  for (const { id } of left.own) {
    await engine.removeContainer(id);
    faultPoint("containers.container-removed");
  }
  await operation.step("remove-network");
  const networks = await removeNetworks({ runtime: engine, installation, environment });
  faultPoint("containers.networks-removed");
  return own.length > 0 || networks.length > 0;
}

/** An environment's containers, and what Compose would take for its although it is not. */
export async function listMembers(
  engine: Pick<RuntimeProvider, "listContainers" | "listNetworks">,
  installation: string,
  environment: Environment,
): Promise<{ own: ContainerFacts[]; foreign: ForeignObject[] }> {
  const [labelled, containers, networks] = await Promise.all([
    engine.listContainers({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation }),
    engine.listContainers({ "com.docker.compose.project": environment.composeProject }),
    engine.listNetworks({ "com.docker.compose.project": environment.composeProject }),
  ]);
  const objects = { containers, networks, volumes: [] };
  return {
    own: labelled.filter((container) => isOwnContainer(environment, installation, container)),
    foreign: findForeignObjects({ environment, installation, objects, volumeNames: [] }),
  };
}

/** Compose stops services in the order of their dependencies; it finds them by its own labels, no file is needed. */
async function composeDown(context: ControllerContext, options: RemoveOptions): Promise<void> {
  const { engine, environment, operation, stepId } = options;
  const key = keyOf(environment);
  using silence = watchSilence(longSilenceMs, (lastLine) =>
    context.emit({ type: "info", text: describeSilence(lastLine) }),
  );
  const result = await engine.compose({
    args: ["--project-name", environment.composeProject, "down", "--remove-orphans"],
    // Compose would read a .env of the working directory.
    cwd: context.paths.home,
    env: context.env,
    usesEngine: true,
    signal: context.signal,
    onStart: (pid) => operation.recordChild(pid),
    onLine: (line) => {
      silence.note(line);
      context.emit({ type: "output", id: stepId, line });
    },
  });
  if (result.exitCode === 0) return;
  if (context.signal.aborted) {
    throw new CiloError("CILO_INTERRUPTED", `stopping ${key} was interrupted`, { hint: "run the same command again" });
  }
  throw new CiloError("CILO_COMPOSE_FAILED", `docker compose could not stop ${key}: ${lastLines(result)}`, {
    hint: "run the same command again",
  });
}
