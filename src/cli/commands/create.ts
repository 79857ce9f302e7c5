import { Command } from "commander";
import { createEnvironment } from "../../controller/create.ts";
import { locate } from "../../controller/locations.ts";
import { keyOf } from "../../model/environment.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { profileOption, progressOption, projectOption, withExamples } from "../options.ts";
import { renderTable } from "../render/table.ts";
import { withController } from "../use-controller.ts";

interface CreateFlags extends CommonOptions {
  from: string;
  onlyDir?: boolean;
  profile?: string[];
}

/** `cilo create`: a workspace copy, a subnet and names of its own. */
export function createCommand(cli: CliContext): Command {
  const command = new Command("create")
    .summary("copy a project into a new environment")
    .description("Copies a project into a new environment with a subnet and names of its own. Starts nothing.")
    .argument("<environment>", 'its name, "login" or "shop/login"')
    .option("--from <directory>", "the project to copy", ".")
    .option("--only-dir", "copy the directory alone, not the git repository around it")
    .addOption(profileOption())
    .addOption(projectOption())
    .addOption(progressOption())
    .action(async (name: string, flags: CreateFlags) => {
      await withController(cli, flags, async (controller) => {
        const environment = await createEnvironment(controller, {
          name,
          from: flags.from,
          project: flags.project ?? null,
          onlyDirectory: flags.onlyDir ?? false,
          profiles: flags.profile ?? null,
        });
        const key = keyOf(environment);
        const facts = [
          ["created", key],
          ["workspace", locate(controller.paths, environment).project],
          ["subnet", environment.subnet],
          ["next", `cilo up ${key}`],
        ];
        cli.terminal.stdout.write(renderTable(facts));
      });
    });
  return withExamples(command, [
    ["cilo create login --from ~/shop", "environment shop/login"],
    ["cilo create shop/login", "the same, from the working directory"],
    ["cilo create login --profile dev --profile debug", "with these Compose profiles on"],
  ]);
}
