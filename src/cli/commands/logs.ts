import { Command, Option } from "commander";
import { runOnContainers } from "../../controller/run-compose.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { parseInteger, projectOption, withExamples } from "../options.ts";
import { lookUp, withController } from "../use-controller.ts";

interface LogsFlags extends CommonOptions {
  follow?: boolean;
  tail?: number;
  since?: string;
  timestamps?: boolean;
}

/** `cilo logs`: what the services wrote. */
export function logsCommand(cli: CliContext): Command {
  const command = new Command("logs")
    .summary("show what services wrote")
    .description("Shows what an environment's services wrote, all of them or those named.")
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .argument("[services...]", "services to show")
    .option("-f, --follow", "go on as more is written")
    .addOption(
      new Option("-n, --tail <lines>", "only the last lines of each").argParser(parseInteger("--tail", 0, 1_000_000)),
    )
    .option("--since <when>", "only what is newer: a time, or an age like 10m")
    .option("-t, --timestamps", "with times")
    .addOption(projectOption())
    .action(async (name: string, services: string[], flags: LogsFlags) => {
      cli.signals.leaveToChild();
      await withController(cli, flags, async (controller) => {
        const { environment } = await lookUp(controller, name, flags);
        const args = [
          ...(flags.follow ? ["--follow"] : []),
          ...(flags.tail === undefined ? [] : ["--tail", String(flags.tail)]),
          ...(flags.since === undefined ? [] : ["--since", flags.since]),
          ...(flags.timestamps ? ["--timestamps"] : []),
          ...services,
        ];
        cli.setExitCode(await runOnContainers(controller, environment, { command: "logs", services, args }));
      });
    });
  return withExamples(command, [["cilo logs login web --follow", "one service, as it goes on"]]);
}
