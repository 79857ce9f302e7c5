import { Command } from "commander";
import { verifyIsolation } from "../../controller/verify-isolation.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, progressOption, projectOption, withExamples } from "../options.ts";
import { renderIsolation } from "../render/verify.ts";
import { lookUp, printJson, withController } from "../use-controller.ts";

interface VerifyFlags extends CommonOptions {
  image?: string;
}

/** `cilo verify`: proof that two running environments are isolated from each other. */
export function verifyCommand(cli: CliContext): Command {
  const command = new Command("verify")
    .summary("prove that two running environments are isolated")
    .description(
      "Compares what the engine says of two running environments, and probes from inside both: no TCP connection may arrive and no name may be given. " +
        "Ends with 0 when isolation is proven, with 1 when something is shared or cannot be proven. Leaves both as they are.",
    )
    .argument("<environment>", 'one environment, "login" or "shop/login"')
    .argument("<other>", "the other one")
    .option("--image <image>", "an image on the engine to probe with, where containers have no tools of their own")
    .addOption(projectOption())
    .addOption(jsonOption())
    .addOption(progressOption())
    .action(async (name: string, other: string, flags: VerifyFlags) => {
      await withController(cli, flags, async (controller) => {
        const first = await lookUp(controller, name, flags);
        const second = await lookUp(controller, other, flags);
        const environments = [first.environment, second.environment] as const;
        const report = await verifyIsolation(controller, { environments, image: flags.image ?? null });
        if (flags.json) printJson(cli, { ...report });
        else cli.terminal.stdout.write(renderIsolation(report));
        if (!report.isolated) cli.setExitCode(1);
      });
    });
  return withExamples(command, [
    ["cilo verify login signup", "prove it of two copies"],
    ["cilo verify shop/login blog/login --json", "the same for a program"],
    ["cilo verify login signup --image busybox", "probe with an image of yours"],
  ]);
}
