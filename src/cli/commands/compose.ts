import { Command } from "commander";
import { runOnFiles } from "../../controller/run-compose.ts";
import { handOverToChild } from "../child-exit-code.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { projectOption, withExamples } from "../options.ts";
import { lookUp, withController } from "../use-controller.ts";

/** `cilo compose`: any Docker Compose command on an environment. */
export function composeCommand(cli: CliContext): Command {
  const command = new Command("compose")
    .summary("run any docker compose command on an environment")
    .description("Runs docker compose with the environment's files, its override and its project name.")
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .argument("<arguments...>", "what to give to docker compose")
    .addOption(projectOption())
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (name: string, args: string[], flags: CommonOptions) => {
      await handOverToChild(cli, () =>
        withController(cli, flags, async (controller) => {
          const { environment } = await lookUp(controller, name, flags);
          return await runOnFiles(controller, environment, args[0] === "--" ? args.slice(1) : args);
        }),
      );
    });
  return withExamples(command, [
    ["cilo compose login ps", "its containers"],
    ["cilo compose login run --rm web sh", "a one-off container beside the running one"],
    ["cilo compose login config", "the project with cilo's override"],
  ]);
}
