import { Command } from "commander";
import { inspectEnvironments, selectEnvironments } from "../../controller/inspect.ts";
import { parseSlug } from "../../model/names.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, projectOption, withExamples } from "../options.ts";
import { renderEnvironments } from "../render/environments.ts";
import { printJson, withController } from "../use-controller.ts";

/** `cilo list`: every environment, as the engine shows it. */
export function listCommand(cli: CliContext): Command {
  const command = new Command("list")
    .alias("ls")
    .summary("show all environments")
    .description("Shows all environments, or those of one project, as the engine shows them now.")
    .addOption(projectOption())
    .addOption(jsonOption())
    .action(async (flags: CommonOptions) => {
      await withController(cli, flags, async (controller) => {
        const state = await controller.store.read();
        const project = flags.project === undefined ? null : parseSlug(flags.project, "project");
        const inspection = await inspectEnvironments(controller, state, selectEnvironments(state, project));
        if (inspection.engineProblem !== null) {
          controller.emit({ type: "warning", text: `shown as last known: ${inspection.engineProblem}` });
        }
        if (flags.json) {
          printJson(cli, { ...inspection });
          return;
        }
        if (inspection.environments.length === 0) {
          const which = project === null ? "no environments yet" : `no environments of ${project}`;
          controller.emit({ type: "info", text: `${which}: "cilo create NAME --from DIRECTORY" makes one` });
        }
        cli.terminal.stdout.write(renderEnvironments(inspection.environments));
      });
    });
  return withExamples(command, [
    ["cilo list", "all of them"],
    ["cilo list --project shop --json", "one project's, for a program"],
  ]);
}
