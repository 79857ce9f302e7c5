import { Command } from "commander";
import { takeDown } from "../../controller/down.ts";
import { keyOf } from "../../model/environment.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { noWaitOption, progressOption, projectOption, verboseOption, withExamples } from "../options.ts";
import { lookUp, withController } from "../use-controller.ts";

interface DownFlags extends CommonOptions {
  wait: boolean;
}

/** `cilo down`: containers, network and names go; everything else stays. */
export function downCommand(cli: CliContext): Command {
  const command = new Command("down")
    .summary("stop an environment; its data stays")
    .description(
      "Removes an environment's containers and network. Workspace, volumes and addresses stay for the next up.",
    )
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .addOption(noWaitOption())
    .addOption(projectOption())
    .addOption(progressOption())
    .addOption(verboseOption())
    .action(async (name: string, flags: DownFlags) => {
      await withController(cli, flags, async (controller) => {
        const { environment } = await lookUp(controller, name, flags);
        const { wasDown } = await takeDown(controller, { environmentId: environment.id, noWait: !flags.wait });
        cli.terminal.stdout.write(`${keyOf(environment)} is down${wasDown ? " already" : ""}\n`);
      });
    });
  return withExamples(command, [["cilo down login", "stop it and keep its data"]]);
}
