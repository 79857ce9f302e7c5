import type { ControllerContext } from "../controller/context.ts";
import { findEnvironment, projectOfDirectory } from "../controller/find-environment.ts";
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
  const progress = await createProgress(options.progress ?? "auto", cli.terminal.stderr);
  try {
    return await use(cli.controller((event) => progress.emit(event)));
  } finally {
    progress.stop();
  }
}

/** Finds the environment that the user names, from where the user is. */
export async function lookUp(
  controller: ControllerContext,
  text: string,
  options: CommonOptions,
): Promise<{ state: State; environment: Environment }> {
  const state = await controller.store.read();
  const project = options.project === undefined ? null : parseSlug(options.project, "project");
  const currentProject = projectOfDirectory(state, controller.paths.envs, controller.cwd);
  return { state, environment: findEnvironment(state, { text, project, currentProject }) };
}

/** Prints what was asked for, as JSON with a schema number. */
export function printJson(cli: CliContext, value: Record<string, unknown>): void {
  cli.terminal.stdout.write(`${JSON.stringify({ schema: 1, ...value }, null, 2)}\n`);
}
