import { Command } from "commander";
import { runOnContainers } from "../../controller/run-compose.ts";
import { handOverToChild } from "../child-exit-code.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { projectOption, withExamples } from "../options.ts";
import { lookUp, withController } from "../use-controller.ts";

interface ExecFlags extends CommonOptions {
  user?: string;
  workdir?: string;
}

/** `cilo exec`: a command in a running container; its exit code becomes ours. */
export function execCommand(cli: CliContext): Command {
  const command = new Command("exec")
    .summary("run a command in a running service")
    .description(
      "Runs a command in a service's container and ends with its exit code, or 125 when it could not be run.",
    )
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .argument("<service>", "the service")
    .argument("<command...>", "the command and its arguments")
    .option("-u, --user <user>", "run as this user")
    .option("-w, --workdir <directory>", "run in this directory")
    .addOption(projectOption())
    .passThroughOptions()
    .action(async (name: string, service: string, words: string[], flags: ExecFlags) => {
      await handOverToChild(cli, () =>
        withController(cli, flags, async (controller) => {
          const { environment } = await lookUp(controller, name, flags);
          const isInteractive = cli.terminal.stdin.isTTY === true && cli.terminal.stdout.isTTY === true;
          const args = [
            ...(isInteractive ? [] : ["--no-TTY"]),
            ...(flags.user === undefined ? [] : ["--user", flags.user]),
            ...(flags.workdir === undefined ? [] : ["--workdir", flags.workdir]),
            service,
            ...(words[0] === "--" ? words.slice(1) : words),
          ];
          return await runOnContainers(controller, environment, { command: "exec", services: [service], args });
        }),
      );
    });
  return withExamples(command, [
    ["cilo exec login db psql -U postgres", "options after the service belong to the command"],
    ["cilo exec shop/login web sh", "a shell"],
  ]);
}
