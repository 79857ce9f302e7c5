import { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { withExamples } from "../options.ts";
import { networkMigrateCommand } from "./network-migrate.ts";
import { networkStatusCommand } from "./network-status.ts";

/** `cilo network`: the subnets of environments. */
export function networkCommand(cli: CliContext): Command {
  const command = new Command("network")
    .summary("the environments' subnets, and what else uses them")
    .description("Shows the environments' subnets, and moves environments whose subnets others use as well.")
    .addCommand(networkStatusCommand(cli))
    .addCommand(networkMigrateCommand(cli));
  return withExamples(command, [
    ["cilo network status", "who has which subnet"],
    ["cilo network migrate", "move what cannot stay where it is"],
  ]);
}
