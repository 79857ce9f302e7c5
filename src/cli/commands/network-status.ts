import { Command } from "commander";
import { inspectNetworks } from "../../controller/network-status.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { renderNetworkStatus } from "../render/network.ts";
import { printJson, withController } from "../use-controller.ts";

/** `cilo network status`: the subnets there are, and who else uses them. */
export function networkStatusCommand(cli: CliContext): Command {
  const command = new Command("status")
    .summary("show who has which subnet")
    .description(
      "Shows where subnets are taken from, which environment has which, and what else on this machine uses them: networks of the engine and routes of the host.",
    )
    .addOption(jsonOption())
    .action(async (flags: CommonOptions) => {
      await withController(cli, flags, async (controller) => {
        const status = await inspectNetworks(controller);
        const { engineProblem, warnings } = status;
        if (engineProblem !== null) {
          const text = `networks of the engine are left out of account: ${engineProblem}`;
          controller.emit({ type: "warning", text });
        }
        for (const text of warnings) controller.emit({ type: "warning", text });
        if (flags.json) printJson(cli, { ...status });
        else cli.terminal.stdout.write(renderNetworkStatus(status));
      });
    });
  return withExamples(command, [
    ["cilo network status", "all subnets"],
    ["cilo network status --json", "for a program"],
  ]);
}
