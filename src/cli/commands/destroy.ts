import { Command } from "commander";
import { CiloError } from "../../base/errors.ts";
import { type DestroyPlan, destroyEnvironment, planDestroy } from "../../controller/destroy.ts";
import { keyOf } from "../../model/environment.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { noWaitOption, progressOption, projectOption, verboseOption, withExamples } from "../options.ts";
import { confirm } from "../render/confirm.ts";
import { lookUp, withController } from "../use-controller.ts";

interface DestroyFlags extends CommonOptions {
  yes?: boolean;
  force?: boolean;
  keepWorkspace?: boolean;
  wait: boolean;
}

/** `cilo destroy`: everything cilo made for an environment goes. */
export function destroyCommand(cli: CliContext): Command {
  const command = new Command("destroy")
    .summary("remove an environment with its data")
    .description("Removes an environment: containers, network, volumes, built images, names and workspace. Asks first.")
    .argument("<environment>", 'the environment, "login" or "shop/login"')
    .option("-y, --yes", "do not ask")
    .option("--force", "do not ask, and remove what is protected")
    .option("--keep-workspace", "leave the files where they are")
    .addOption(noWaitOption())
    .addOption(projectOption())
    .addOption(progressOption())
    .addOption(verboseOption())
    .action(async (name: string, flags: DestroyFlags) => {
      await withController(cli, flags, async (controller) => {
        const { environment } = await lookUp(controller, name, flags);
        const key = keyOf(environment);
        if (!flags.yes && !flags.force) {
          await ask(cli, { plan: await planDestroy(controller, environment.id), flags, signal: controller.signal });
        }
        const { keptWorkspace } = await destroyEnvironment(controller, {
          environmentId: environment.id,
          noWait: !flags.wait,
          keepWorkspace: flags.keepWorkspace ?? false,
          force: flags.force ?? false,
        });
        const kept = keptWorkspace === null ? "" : `; its files stay in ${keptWorkspace}`;
        cli.terminal.stdout.write(`${key} is destroyed${kept}\n`);
      });
    });
  return withExamples(command, [
    ["cilo destroy login", "says what goes and asks"],
    ["cilo destroy shop/login --yes", "does not ask"],
  ]);
}

interface Asking {
  plan: DestroyPlan;
  flags: DestroyFlags;
  signal: AbortSignal;
}

async function ask(cli: CliContext, { plan, flags, signal }: Asking): Promise<void> {
  const key = keyOf(plan.environment);
  const facts = [
    `This removes ${key}:`,
    ...plan.containers.map((container) => `  container ${container}`),
    ...plan.networks.map((network) => `  network ${network}`),
    ...plan.volumes.map((volume) => `  volume ${volume} with its data`),
    ...plan.images.map((image) => `  image ${image}`),
    ...(plan.standIns === null ? [] : [`  directories beside it, ${plan.standIns}, with their data`]),
    ...(flags.keepWorkspace ? [] : [`  workspace ${plan.workspace}`]),
  ];
  if (await confirm(cli.terminal, { facts, question: "Destroy it?", signal })) return;
  throw new CiloError("CILO_NOT_CONFIRMED", `${key} was not destroyed`, {
    hint: `answer "y", or run "cilo destroy ${key} --yes"`,
  });
}
