import { Command, Option } from "commander";
import { inspectEnvironments } from "../../controller/inspect.ts";
import { defaultSettleTimeoutMs } from "../../controller/settle.ts";
import { bringUp } from "../../controller/up.ts";
import { keyOf } from "../../model/environment.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import {
  noWaitOption,
  parseInteger,
  profileOption,
  progressOption,
  projectOption,
  verboseOption,
  withExamples,
} from "../options.ts";
import { renderServices } from "../render/environments.ts";
import { lookUp, withController } from "../use-controller.ts";

interface UpFlags extends CommonOptions {
  build?: boolean;
  recreate?: boolean;
  profile?: string[];
  defaultProfiles?: boolean;
  wait: boolean;
  timeout: number;
}

/** `cilo up`: the environment's services run and its names answer. */
export function upCommand(cli: CliContext): Command {
  const command = new Command("up")
    .summary("start an environment; its names answer when this returns")
    .description(
      "Starts an environment's services with Docker Compose and waits until they run, and are healthy where they have a health check.",
    )
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .option("--build", "build images first")
    .option("--recreate", "make every container anew")
    .addOption(profileOption())
    .addOption(
      new Option("--default-profiles", "forget the profiles chosen, the project's own files decide again").conflicts(
        "profile",
      ),
    )
    .addOption(
      new Option("--timeout <seconds>", "how long services may take to become healthy")
        .argParser(parseInteger("--timeout", 1, 86_400))
        .default(defaultSettleTimeoutMs / 1000),
    )
    .addOption(noWaitOption())
    .addOption(projectOption())
    .addOption(progressOption())
    .addOption(verboseOption())
    .action(async (name: string, flags: UpFlags) => {
      await withController(cli, flags, async (controller) => {
        const { environment } = await lookUp(controller, name, flags);
        const { environment: up, wasUp } = await bringUp(controller, {
          environmentId: environment.id,
          noWait: !flags.wait,
          build: flags.build ?? false,
          recreate: flags.recreate ?? false,
          profiles: flags.profile ?? (flags.defaultProfiles ? "project" : null),
          timeoutMs: flags.timeout * 1000,
        });
        const { environments } = await inspectEnvironments(controller, await controller.store.read(), [up]);
        const outcome = up.status !== "running" ? "has nothing left to run" : wasUp ? "is up already" : "is up";
        cli.terminal.stdout.write(`${keyOf(up)} ${outcome}\n${renderServices(environments[0]?.services ?? [])}`);
      });
    });
  return withExamples(command, [
    ["cilo up login", "start it, or bring it to what its files say now"],
    ["cilo up shop/login --build", "build images from the workspace first"],
    ["cilo up login --profile dev", "with the Compose profile dev on, now and from now on"],
  ]);
}
