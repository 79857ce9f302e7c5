import { rm } from "node:fs/promises";
import { constants } from "node:os";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { CiloError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { judgeStatus } from "../model/observation.ts";
import { requireEnvironment } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { toWriteProblem } from "../state/file-problems.ts";
import type { RunningOperation } from "../state/operation.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import {
  changesContainers,
  findComposeVerb,
  findServicesWithoutAddress,
  makesContainers,
  refuseRedirection,
} from "./compose-arguments.ts";
import { findForeignObjects, listObjects, refuseForeignObjects } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { listLabelledImages } from "./images.ts";
import { withKnownCompose } from "./known-compose.ts";
import { locate } from "./locations.ts";
import { requireNetworks } from "./network.ts";
import { beginEnvironmentOperation, recordingFailure } from "./operation.ts";
import { type ReadEnvironment, readEnvironment } from "./prepare.ts";
import { publish } from "./publish.ts";
import { addAnonymousVolumes, addBuiltImages, recordObserved } from "./record.ts";
import { listMembers } from "./remove-containers.ts";
import { look } from "./settle.ts";
import { composeFileArguments, runFilePath, type WrittenOverride, writeOverride } from "./write-override.ts";

export interface ContainerInvocation {
  /** Commands that find containers by their labels and need no file. */
  command: "exec" | "logs";
  services: readonly string[];
  args: readonly string[];
}

/**
 * Runs a Compose command on an environment's containers, with this terminal.
 * @returns the command's exit code.
 * @throws CILO_SERVICE_NOT_FOUND when `service` is none of the environment's, CILO_FOREIGN_RESOURCE when Compose would meet others' containers.
 */
export async function runOnContainers(
  context: ControllerContext,
  environment: Environment,
  invocation: ContainerInvocation,
): Promise<number> {
  for (const service of invocation.services) requireService(environment, service);
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const { foreign } = await listMembers(engine, state.installation, environment);
  refuseForeignObjects(keyOf(environment), foreign);
  const result = await engine.compose({
    args: ["--project-name", environment.composeProject, invocation.command, ...invocation.args],
    cwd: context.paths.home,
    env: context.env,
    inherit: true,
    repeatInterrupt: true,
    usesEngine: true,
    onStart: (pid) => endIfInterrupted(context.signal, pid),
  });
  return toExitCode(result);
}

/**
 * Runs any Compose command on an environment's files and its override, with this terminal. One that changes containers is an operation like `up`.
 * @returns the command's exit code.
 */
export async function runOnFiles(
  context: ControllerContext,
  environment: Environment,
  args: readonly string[],
): Promise<number> {
  refuseRedirection(args);
  if (!changesContainers(args)) return await runWithFiles(context, environment.id, { args, operation: null });
  const kind = findComposeVerb(args) === "down" ? "down" : "up";
  const operation = await beginEnvironmentOperation(context, { environmentId: environment.id, kind, noWait: false });
  const { exitCode, state } = await recordingFailure(
    context,
    { environmentId: environment.id, operation },
    async () => {
      const before = await observe(context, environment.id);
      const code = await runWithFiles(context, environment.id, { args, operation });
      const { observed, anonymousVolumes, images } = await observe(context, environment.id);
      const finished = await operation.finish((record) => {
        record.services = recordObserved(record.services, observed);
        record.anonymousVolumes = addAnonymousVolumes(record, [...before.anonymousVolumes, ...anonymousVolumes]);
        record.builtImages = addBuiltImages(record, { before: before.images, after: images });
        record.status = judgeStatus(record.status, observed);
      });
      return { exitCode: code, state: finished };
    },
  );
  await publish(context, requireEnvironment(state, environment.id), state.revision);
  return exitCode;
}

async function observe(context: ControllerContext, environmentId: string) {
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const environment = requireEnvironment(state, environmentId);
  const { containers, observed } = await look({ runtime: engine, installation: state.installation, environment });
  return {
    observed,
    anonymousVolumes: await collectAnonymousVolumes(engine, containers),
    images: await listLabelledImages({ engine, installation: state.installation, environment }),
  };
}

async function runWithFiles(
  context: ControllerContext,
  environmentId: string,
  { args, operation }: { args: readonly string[]; operation: RunningOperation | null },
): Promise<number> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const read = await withKnownCompose(engine, () => readEnvironment(context, environment, engine));
  const search = {
    environment: { ...environment, services: read.services },
    installation: state.installation,
    objects: await listObjects(engine),
  };
  refuseForeignObjects(keyOf(environment), findForeignObjects({ ...search, volumeNames: read.volumeNames }));
  if (makesContainers(args)) requireNetworks(search, search.objects.networks);
  const written = await writeOverride(context, {
    installation: state.installation,
    environment,
    read,
    runtime: engine,
    isLocked: operation !== null,
  });
  try {
    const { containers: containerNames, volumes: volumeNames } = written.fixedNames;
    refuseForeignObjects(keyOf(environment), findForeignObjects({ ...search, containerNames, volumeNames }));
    return await runWritten(context, { engine, environment, read, written, args, operation });
  } finally {
    if (written.override !== locate(context.paths, environment).override) await rm(written.override, { force: true });
  }
}

interface WrittenRun {
  engine: RuntimeProvider;
  environment: Environment;
  read: ReadEnvironment;
  written: WrittenOverride;
  args: readonly string[];
  operation: RunningOperation | null;
}

async function runWritten(context: ControllerContext, run: WrittenRun): Promise<number> {
  const { engine, environment, read, written, args, operation } = run;
  const places = locate(context.paths, environment);
  const runFiles: string[] = [];
  for (const service of findServicesWithoutAddress(args, Object.keys(read.services))) {
    // One container alone can have the fixed address; a one-off beside it, and replicas, get one from the dynamic range.
    const path = runFilePath(places.generated, service);
    await writeFileAtomically(path, written.runFile(service)).catch((error: unknown) => {
      throw toWriteProblem(error, "write", path);
    });
    runFiles.push(path);
  }
  const result = await engine.compose({
    args: [...composeFileArguments(environment, read, { override: written.override, runFiles }), ...args],
    cwd: places.project,
    env: context.env,
    inherit: true,
    usesEngine: true,
    onStart: async (pid) => {
      await operation?.recordChild(pid);
      endIfInterrupted(context.signal, pid);
    },
  });
  return toExitCode(result);
}

function requireService(environment: Environment, service: string): void {
  if (Object.hasOwn(environment.services, service)) return;
  const services = Object.keys(environment.services).sort();
  throw new CiloError("CILO_SERVICE_NOT_FOUND", `${keyOf(environment)} has no service "${service}"`, {
    hint:
      services.length === 0
        ? `its services are known after "cilo up ${keyOf(environment)}"`
        : `choose one of ${services.join(", ")}`,
    details: { services },
  });
}

/** A signal that came before there was a child to hand it on to. */
function endIfInterrupted(signal: AbortSignal, pid: number): void {
  if (signal.aborted) process.kill(pid, "SIGTERM");
}

/** A child ended by a signal has no exit code; shells give 128 and the signal's number. */
function toExitCode({ exitCode, signal }: Pick<ExecResult, "exitCode" | "signal">): number {
  if (exitCode !== null) return exitCode;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return 128 + (number ?? constants.signals.SIGKILL);
}
