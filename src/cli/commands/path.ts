import { Command } from "commander";
import { locate } from "../../controller/locations.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, projectOption, withExamples } from "../options.ts";
import { lookUp, printJson, withController } from "../use-controller.ts";

interface PathFlags extends CommonOptions {
  root?: boolean;
}

/** `cilo path`: where an environment's files are. */
export function pathCommand(cli: CliContext): Command {
  const command = new Command("path")
    .summary("print where an environment's files are")
    .description("Prints the directory of the environment's project, for cd and for scripts.")
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .option("--root", "the workspace: the root of the copied repository")
    .addOption(projectOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: PathFlags) => {
      await withController(cli, flags, async (controller) => {
        const { environment } = await lookUp(controller, name, flags);
        const { project, workspace } = locate(controller.paths, environment);
        if (flags.json) printJson(cli, { project, workspace });
        else cli.terminal.stdout.write(`${flags.root ? workspace : project}\n`);
      });
    });
  return withExamples(command, [["cd $(cilo path login)", "go there"]]);
}
