import { Command } from "commander";
import type { CiloError } from "../../base/errors.ts";
import { applyPrune, type PruneOutcome, type PrunePlan, planPrune } from "../../controller/prune/prune.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, progressOption, withExamples } from "../options.ts";
import { errorToJson } from "../render/errors.ts";
import { pruneItemToJson, renderPruneOutcome, renderPrunePlan } from "../render/prune.ts";
import { printJson, withController } from "../use-controller.ts";

interface PruneFlags extends CommonOptions {
  yes?: boolean;
  allTrash?: boolean;
}

/** `cilo prune`: what environments have left that are gone, and what nobody needs any more. */
export function pruneCommand(cli: CliContext): Command {
  const command = new Command("prune")
    .summary("remove what nobody needs any more")
    .description(
      "Shows what was left by environments that are gone and by commands that were cut off, images that later builds have taken the name from, and what has been in the trash for long enough; with --yes it is removed. Only what carries this installation's labels is looked at, and what somebody uses stays.",
    )
    .option("-y, --yes", "remove it")
    .option("--all-trash", "everything in the trash, however young")
    .addOption(jsonOption())
    .addOption(progressOption())
    .action((flags: PruneFlags) =>
      withController(cli, flags, async (controller) => {
        const { allTrash = false } = flags;
        const plan = await planPrune(controller, { allTrash });
        const outcome = flags.yes ? await applyPrune(controller, plan) : null;
        if (outcome !== null && outcome.failed.length > 0) cli.setExitCode(1);
        if (flags.json) return printJson(cli, toJson(plan, outcome));
        for (const { subject, cause, command: remedy } of plan.notices) {
          const text = `${subject}: ${cause}${remedy === null ? "" : `; run "${remedy}"`}`;
          controller.emit({ type: "warning", text });
        }
        for (const { item, error } of outcome?.failed ?? []) {
          controller.emit({ type: "warning", text: `${item.kind} ${item.name} stays: ${error.message}` });
        }
        cli.terminal.stdout.write(outcome === null ? renderPrunePlan(plan, { allTrash }) : renderPruneOutcome(outcome));
      }),
    );
  return withExamples(command, [
    ["cilo prune", "what there is, and what it takes on disk"],
    ["cilo prune --yes", "removes it"],
    ["cilo prune --all-trash --yes", "destroyed environments cannot be restored any more"],
  ]);
}

function toJson(plan: PrunePlan, outcome: PruneOutcome | null): Record<string, unknown> {
  const removed = new Set(outcome?.removed);
  const failures = new Map<unknown, CiloError>(outcome?.failed.map(({ item, error }) => [item, error]));
  return {
    items: plan.items.map((item) => {
      const failure = failures.get(item);
      return {
        ...pruneItemToJson(item, outcome === null ? null : removed.has(item)),
        ...(failure === undefined ? {} : { error: errorToJson(failure).error }),
      };
    }),
    notices: plan.notices,
  };
}
