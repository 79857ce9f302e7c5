import { Command } from "commander";
import { inspectEnvironments } from "../../controller/inspect.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, projectOption, withExamples } from "../options.ts";
import { renderEnvironment } from "../render/environments.ts";
import { lookUp, printJson, withController } from "../use-controller.ts";

/** `cilo status`: one environment in full. */
export function statusCommand(cli: CliContext): Command {
  const command = new Command("status")
    .summary("show one environment in full")
    .description("Shows one environment with its services, addresses and names, as the engine shows them now.")
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .addOption(projectOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: CommonOptions) => {
      await withController(cli, flags, async (controller) => {
        const { state, environment } = await lookUp(controller, name, flags);
        const { environments, engineProblem } = await inspectEnvironments(controller, state, [environment]);
        const [report] = environments;
        if (!report) throw new Error("no report of the environment that was asked for");
        if (engineProblem !== null) {
          controller.emit({ type: "warning", text: `shown as last known: ${engineProblem}` });
        }
        if (flags.json) printJson(cli, { environment: report, engineProblem });
        else cli.terminal.stdout.write(renderEnvironment(report));
      });
    });
  return withExamples(command, [
    ["cilo status login", "services, addresses and names"],
    ["cilo status shop/login --json", "the same for a program"],
  ]);
}
