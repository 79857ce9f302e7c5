import { Command } from "commander";
import { CiloError, messageOf } from "../../base/errors.ts";
import type { ControllerContext } from "../../controller/context.ts";
import { type Destroyed, destroyEnvironment } from "../../controller/destroy.ts";
import { selectEnvironments } from "../../controller/inspect.ts";
import { type DestroyPlan, planDestroy } from "../../controller/plan-destroy.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import { parseSlug } from "../../model/names.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { noWaitOption, progressOption, projectOption, verboseOption, withExamples } from "../options.ts";
import { confirm } from "../render/confirm.ts";
import { renderDestroyPlan, renderUndo } from "../render/destroy.ts";
import { lookUp, withController } from "../use-controller.ts";

interface DestroyFlags extends CommonOptions {
  yes?: boolean;
  force?: boolean;
  all?: boolean;
  keepWorkspace?: boolean;
  undo: boolean;
  wait: boolean;
}

/** `cilo destroy`: everything cilo made for an environment goes. */
export function destroyCommand(cli: CliContext): Command {
  const command = new Command("destroy")
    .summary("remove an environment with its data")
    .description(
      'Removes an environment: containers, network, volumes, built images, names and workspace. Asks first, and keeps what only the environment has for "cilo restore".',
    )
    .argument("[environment]", 'the environment, "login" or "shop/login"')
    .option("-y, --yes", "do not ask; refuses where work or data would be lost")
    .option("--force", "do not ask, and remove what is protected")
    .option("--all", "every environment, or with --project those of one project")
    .option("--keep-workspace", "leave the files where they are")
    .option("--no-undo", "keep nothing to bring it back with")
    .addOption(noWaitOption())
    .addOption(projectOption())
    .addOption(progressOption())
    .addOption(verboseOption())
    .action((name: string | undefined, flags: DestroyFlags) =>
      withController(cli, flags, async (controller) => {
        const environments = await choose(controller, name, flags);
        if (environments.length === 0) return void cli.terminal.stdout.write("there is nothing to destroy\n");
        const plans = flags.force ? null : await planAll(controller, environments, flags);
        if (plans !== null) await getLeave(cli, { plans, flags, signal: controller.signal });
        const acceptedOf = (id: string) =>
          plans === null ? "all" : (plans.find(({ environment }) => environment.id === id)?.losses ?? []);
        await destroyEach(cli, controller, { environments, flags, acceptedOf });
      }),
    );
  return withExamples(command, [
    ["cilo destroy login", "says what goes and asks"],
    ["cilo destroy shop/login --yes", "does not ask; refuses where work or data would be lost"],
    ["cilo destroy --all --project shop", "all environments of a project, with one question"],
  ]);
}

async function choose(
  controller: ControllerContext,
  name: string | undefined,
  flags: DestroyFlags,
): Promise<Environment[]> {
  if (name !== undefined && !flags.all) return [(await lookUp(controller, name, flags)).environment];
  if (name === undefined && flags.all) {
    const project = flags.project === undefined ? null : parseSlug(flags.project, "project");
    return selectEnvironments(await controller.store.read(), project);
  }
  const what = name === undefined ? "destroy needs an environment" : `"${name}" and "--all" exclude each other`;
  throw new CiloError("CILO_USAGE", what, { hint: 'run "cilo destroy NAME", or "cilo destroy --all"' });
}

async function planAll(
  controller: ControllerContext,
  environments: readonly Environment[],
  flags: DestroyFlags,
): Promise<DestroyPlan[]> {
  const plans: DestroyPlan[] = [];
  for (const { id } of environments) {
    const options = { environmentId: id, keepWorkspace: flags.keepWorkspace ?? false, undo: flags.undo };
    plans.push(await planDestroy(controller, options));
  }
  return plans;
}

interface Asking {
  plans: readonly DestroyPlan[];
  flags: DestroyFlags;
  signal: AbortSignal;
}

/** @throws CILO_WORK_UNSAVED with `--yes`, CILO_NOT_CONFIRMED */
async function getLeave(cli: CliContext, { plans, flags, signal }: Asking): Promise<void> {
  const keys = plans.map(({ environment }) => keyOf(environment));
  const [first] = keys;
  if (first === undefined) return;
  const target = flags.all ? `--all${flags.project === undefined ? "" : ` --project ${flags.project}`}` : first;
  if (flags.yes) {
    refuseLosses(plans, target);
    return;
  }
  const facts = plans.flatMap(renderDestroyPlan);
  const question = keys.length === 1 ? "Destroy it?" : `Destroy these ${keys.length}?`;
  if (await confirm(cli.terminal, { facts, question, signal })) return;
  const isProtected = plans.some((plan) => plan.protected.length > 0);
  const subject = keys.length === 1 ? `${first} was` : `${keys.length} environments were`;
  throw new CiloError("CILO_NOT_CONFIRMED", `${subject} not destroyed`, {
    hint: `answer "y", or run "cilo destroy ${target} ${isProtected ? "--force" : "--yes"}"`,
  });
}

function refuseLosses(plans: readonly DestroyPlan[], target: string): void {
  const unsaved = plans.filter((plan) => plan.protected.length > 0);
  if (unsaved.length === 0) return;
  const lines = unsaved.flatMap((plan) => {
    const left = plan.leftOut.map((line) => `no undo of ${line}`);
    return [...plan.protected, ...left].map((line) => `\n  ${keyOf(plan.environment)}: ${line}`);
  });
  throw new CiloError(
    "CILO_WORK_UNSAVED",
    `this would destroy what is nowhere else:${lines.join("")}\nnothing was destroyed`,
    {
      hint: `save it, or destroy it all the same with "cilo destroy ${target} --force"`,
      details: {
        environments: unsaved.map((plan) => ({
          environment: keyOf(plan.environment),
          protected: plan.protected,
          leftOut: plan.leftOut,
        })),
      },
    },
  );
}

interface Destroying {
  environments: readonly Environment[];
  flags: DestroyFlags;
  acceptedOf(environmentId: string): readonly string[] | "all";
}

/** One that cannot be destroyed does not keep the others. */
async function destroyEach(
  cli: CliContext,
  controller: ControllerContext,
  { environments, flags, acceptedOf }: Destroying,
): Promise<void> {
  const failures: { key: string; error: CiloError }[] = [];
  for (const environment of environments) {
    const key = keyOf(environment);
    try {
      const destroyed = await destroyEnvironment(controller, {
        environmentId: environment.id,
        noWait: !flags.wait,
        keepWorkspace: flags.keepWorkspace ?? false,
        force: flags.force ?? false,
        undo: flags.undo,
        acceptedLosses: acceptedOf(environment.id),
      });
      tell(cli, key, destroyed);
    } catch (error) {
      controller.signal.throwIfAborted();
      if (!(error instanceof CiloError) || environments.length === 1) throw error;
      controller.emit({ type: "warning", text: `${key} is not destroyed: ${messageOf(error)}` });
      failures.push({ key, error });
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  const keys = failures.map(({ key }) => key).join(", ");
  throw new CiloError(first.error.code, `${failures.length} of ${environments.length} are not destroyed: ${keys}`, {
    hint: `run "cilo destroy ${first.key}" to see why`,
    details: { environments: failures.map(({ key }) => key) },
    cause: first.error,
  });
}

function tell(cli: CliContext, key: string, { keptWorkspace, undo }: Destroyed): void {
  const kept = keptWorkspace === null ? "" : `; its files stay in ${keptWorkspace}`;
  cli.terminal.stdout.write(`${key} is destroyed${kept}\n${undo === null ? "" : renderUndo(key, undo.until)}`);
}
