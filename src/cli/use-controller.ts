import { realpath } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import type { ControllerContext } from "../controller/context.ts";
import { findEnvironment, projectOfDirectory, type WorkingPlace } from "../controller/find-environment.ts";
import type { Environment } from "../model/environment.ts";
import { parseSlug } from "../model/names.ts";
import type { State } from "../model/state.ts";
import type { CliContext, CommonOptions } from "./cli-context.ts";
import { createProgress } from "./render/progress.ts";

/** Runs a use case with its progress drawn on stderr. */
export async function withController<T>(
  cli: CliContext,
  options: CommonOptions,
  use: (controller: ControllerContext) => Promise<T>,
): Promise<T> {
  const progress = await createProgress(cli.terminal.stderr, {
    mode: options.progress ?? "auto",
    isVerbose: options.verbose ?? false,
  });
  const controller = cli.controller((event) => progress.emit(event));
  const endNotice = noticeSlowEnd(cli, controller);
  try {
    return await use(controller);
  } finally {
    endNotice();
    progress.stop();
  }
}

/** An interrupted command that has not ended after this time says that it is about to. */
const slowEndMs = 1_000;

/** @returns what ends the listening. */
function noticeSlowEnd(cli: CliContext, { signal, emit }: ControllerContext): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    if (cli.signals.isLeftToChild()) return;
    timer = setTimeout(() => emit({ type: "info", text: "stopping; Ctrl-C again ends it at once" }), slowEndMs).unref();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return () => {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  };
}

/** Finds the environment that the user names, from where the user is. */
export async function lookUp(
  controller: ControllerContext,
  text: string,
  options: CommonOptions,
): Promise<{ state: State; environment: Environment }> {
  const state = await controller.store.read();
  const project = options.project === undefined ? null : parseSlug(options.project, "project");
  const currentProject = projectOfDirectory(state, await findWorkingPlace(controller, state));
  return { state, environment: findEnvironment(state, { text, project, currentProject }) };
}

/** The kernel's word for the working directory has no symbolic links in it, CILO_HOME and sources are as the user wrote them. */
async function findWorkingPlace({ cwd, paths }: ControllerContext, state: State): Promise<WorkingPlace> {
  const sources = new Set(Object.values(state.hosts.local.environments).map(({ source }) => source));
  const [directory, envs, ...realSources] = await Promise.all([
    resolveLinks(cwd),
    resolveLinks(paths.envs),
    ...[...sources].map(async (source) => [source, await resolveLinks(source)] as const),
  ]);
  return { directory, envs, realSources: new Map(realSources) };
}

/** A path that cannot be followed stays as it is. */
async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) return path;
    throw error;
  }
}

/** Prints what was asked for, as JSON with a schema number. */
export function printJson(cli: CliContext, value: Record<string, unknown>): void {
  cli.terminal.stdout.write(`${JSON.stringify({ schema: 1, ...value }, null, 2)}\n`);
}
