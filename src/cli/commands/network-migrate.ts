import { Command, Option } from "commander";
import { CiloError } from "../../base/errors.ts";
import type { ControllerContext } from "../../controller/context.ts";
import { migrateEnvironment } from "../../controller/migrate.ts";
import { type MigrationPlan, planMigration } from "../../controller/plan-migration.ts";
import { defaultSettleTimeoutMs } from "../../controller/settle.ts";
import { keyOf } from "../../model/environment.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { noWaitOption, parseInteger, progressOption, projectOption, verboseOption, withExamples } from "../options.ts";
import { confirm } from "../render/confirm.ts";
import { describeMigration, renderMigrated } from "../render/network.ts";
import { lookUp, withController } from "../use-controller.ts";

interface MigrateFlags extends CommonOptions {
  env?: string;
  to?: string;
  dryRun?: boolean;
  yes?: boolean;
  wait: boolean;
  timeout: number;
}

const nothingToDo = "nothing has to move\n";

/** `cilo network migrate`: environments get other subnets where they cannot keep theirs. */
export function networkMigrateCommand(cli: CliContext): Command {
  const command = new Command("migrate")
    .summary("move environments whose subnets others use")
    .description(
      "Gives another subnet to every environment, or to one, whose subnet is used by something else on this machine, is outside the base subnet, or is another one on the engine. Containers are made anew and run again if they ran; workspace and named volumes stay, and every service keeps the last part of its address. Asks before it stops anything.",
    )
    .option("--env <environment>", 'only this one, "login" or "shop/login"')
    .option("--to <subnet>", "with --env: the subnet it is to have (default: the lowest free one)")
    .option("--dry-run", "only say what would be done")
    .option("-y, --yes", "do not ask")
    .addOption(timeoutOption())
    .addOption(noWaitOption())
    .addOption(projectOption())
    .addOption(progressOption())
    .addOption(verboseOption())
    .action((flags: MigrateFlags) => withController(cli, flags, (controller) => run(cli, controller, flags)));
  return withExamples(command, [
    ["cilo network migrate --dry-run", "what would move, and why"],
    ["cilo network migrate --env shop/login", "one environment"],
    ["cilo network migrate --env login --to 10.224.7.0/24", "to a subnet of your choice"],
  ]);
}

function timeoutOption(): Option {
  return new Option("--timeout <seconds>", "how long services may take to become healthy again")
    .argParser(parseInteger("--timeout", 1, 86_400))
    .default(defaultSettleTimeoutMs / 1000);
}

async function run(cli: CliContext, controller: ControllerContext, flags: MigrateFlags): Promise<void> {
  const { env, to = null } = flags;
  if (to !== null && env === undefined) {
    throw new CiloError("CILO_USAGE", "--to is the subnet of one environment, and none is named", {
      hint: `run "cilo network migrate --env NAME --to ${to}"`,
    });
  }
  const environmentId = env === undefined ? null : (await lookUp(controller, env, flags)).environment.id;
  const plan = await planMigration(controller, { environmentId, to });
  if (flags.dryRun) return printPlan(cli, plan);
  if (plan.environments.length === 0) return void cli.terminal.stdout.write(nothingToDo);
  if (!flags.yes) await ask(cli, plan, controller.signal);
  const options = { to, noWait: !flags.wait, timeoutMs: flags.timeout * 1000 };
  for (const { environment } of plan.environments) {
    const migrated = await migrateEnvironment(controller, { environmentId: environment.id, ...options });
    cli.terminal.stdout.write(renderMigrated(migrated.environment, migrated.moves));
  }
}

function printPlan(cli: CliContext, plan: MigrationPlan): void {
  const lines = [...plan.news, ...plan.environments.flatMap(describeMigration)];
  const text = lines.map((line) => `${line}\n`).join("");
  cli.terminal.stdout.write(plan.environments.length === 0 ? `${text}${nothingToDo}` : text);
}

/** What does not run can move without anybody's noticing. */
async function ask(cli: CliContext, { news, environments }: MigrationPlan, signal: AbortSignal): Promise<void> {
  if (environments.every(({ running, oneOffs }) => running.length + oneOffs.length === 0)) return;
  const facts = [...news, ...environments.flatMap(describeMigration)];
  const isOne = environments.length === 1;
  if (
    await confirm(cli.terminal, { facts, question: isOne ? "Move it?" : `Move these ${environments.length}?`, signal })
  )
    return;
  const keys = environments.map(({ environment }) => keyOf(environment)).join(", ");
  throw new CiloError("CILO_NOT_CONFIRMED", `${keys} ${isOne ? "was" : "were"} not moved`, {
    hint: 'answer "y", or run the same command with --yes',
  });
}
