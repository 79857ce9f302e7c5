import { writeFileAtomically } from "../base/atomic-write.ts";
import { CiloError } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { assertComposeVersion } from "../runtime/docker/compose-program.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { locate } from "./locations.ts";
import { composeFileArguments, readEnvironment, runFilePath, writeOverride } from "./prepare.ts";

/** Compose commands that find containers by their labels and need no file. */
const labelCommands = ["exec", "logs"] as const;

/**
 * Runs a Compose command on an environment's containers, with this terminal.
 * @returns the command's exit code.
 * @throws CILO_SERVICE_NOT_FOUND when `service` is none of the environment's.
 */
export async function runOnContainers(
  context: ControllerContext,
  environment: Environment,
  invocation: { command: (typeof labelCommands)[number]; services: readonly string[]; args: readonly string[] },
): Promise<number> {
  for (const service of invocation.services) requireService(environment, service);
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const result = await engine.compose({
    args: ["--project-name", environment.composeProject, invocation.command, ...invocation.args],
    cwd: context.paths.home,
    env: context.env,
    inherit: true,
  });
  return toExitCode(result);
}

/**
 * Runs any Compose command on an environment's files and its override, with this terminal.
 * @returns the command's exit code.
 */
export async function runOnFiles(
  context: ControllerContext,
  environment: Environment,
  args: readonly string[],
): Promise<number> {
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  assertComposeVersion(await engine.composeVersion());
  const read = await readEnvironment(context, environment, engine);
  const places = locate(context.paths, environment);
  const written = await writeOverride(context, {
    installation: state.installation,
    environment,
    read,
    runtime: engine,
  });
  const generated = [written.override];
  const oneOff = findOneOffService(args, Object.keys(read.services));
  if (oneOff !== null) {
    // A service's fixed address is taken by its container; the one-off beside it gets one from the dynamic range.
    await writeFileAtomically(runFilePath(places.generated), written.runFile(oneOff));
    generated.push(runFilePath(places.generated));
  }
  const result = await engine.compose({
    args: [...composeFileArguments(environment, read, generated), ...args],
    cwd: places.project,
    env: context.env,
    inherit: true,
  });
  return toExitCode(result);
}

function requireService(environment: Environment, service: string): void {
  if (environment.services[service]) return;
  const services = Object.keys(environment.services).sort();
  throw new CiloError("CILO_SERVICE_NOT_FOUND", `${keyOf(environment)} has no service "${service}"`, {
    hint:
      services.length === 0
        ? `its services are known after "cilo up ${keyOf(environment)}"`
        : `choose one of ${services.join(", ")}`,
    details: { services },
  });
}

/** The service that `compose run` is about: its first argument that is one, for options may come before it. */
export function findOneOffService(args: readonly string[], services: readonly string[]): string | null {
  if (args[0] !== "run") return null;
  return args.slice(1).find((argument) => services.includes(argument)) ?? null;
}

/** A child ended by a signal has no exit code; shells give 128 and the signal's number, SIGINT's being the usual one. */
function toExitCode(result: { exitCode: number | null; signal: string | null }): number {
  return result.exitCode ?? (result.signal === "SIGKILL" ? 137 : 130);
}
