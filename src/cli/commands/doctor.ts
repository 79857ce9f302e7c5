import { Command } from "commander";
import { CiloError } from "../../base/errors.ts";
import type { ControllerContext } from "../../controller/context.ts";
import type { Plan, PlanStep } from "../../controller/reconcile/plan-step.ts";
import type { PlanOutcome } from "../../controller/reconcile/reconcile.ts";
import type { NamedFinding } from "../../doctor/run-checks.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { confirm } from "../render/confirm.ts";
import { renderDiagnosis } from "../render/doctor.ts";
import { errorToJson, supportsColor } from "../render/errors.ts";
import { printJson, withController } from "../use-controller.ts";

interface DoctorFlags extends CommonOptions {
  fix?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

/** `cilo doctor`: what works and what does not, with the command that helps. */
export function doctorCommand(cli: CliContext): Command {
  const command = new Command("doctor")
    .summary("find out what is wrong, and mend it with --fix")
    .description(
      "Checks what cilo stands on. Ends with 1 when a problem is left; warnings are none. Changes nothing without --fix.",
    )
    .option("--fix", "bring state, engine, files and names back to agreement; says first what it will do")
    .option("--dry-run", "with --fix: only say what it would do")
    .option("-y, --yes", "with --fix: do not ask before what loses data or stops something")
    .addOption(jsonOption())
    .action(async (flags: DoctorFlags) => {
      refuseStray(flags);
      await withController(cli, flags, async (controller) => {
        if (!flags.fix) await diagnose(cli, controller, flags);
        else if (flags.dryRun) await showPlan(cli, controller, flags);
        else await mend(cli, controller, flags);
      });
    });
  return withExamples(command, [
    ["cilo doctor", "look here first when something is odd"],
    ["cilo doctor --fix --dry-run", "what it would do about it"],
    ["cilo doctor --fix", "do it; asks before anything is lost"],
  ]);
}

function refuseStray({ fix, dryRun, yes }: DoctorFlags): void {
  const stray = dryRun ? "--dry-run" : yes ? "--yes" : null;
  if (fix || stray === null) return;
  throw new CiloError("CILO_USAGE", `${stray} is of use with --fix only`, { hint: `run "cilo doctor --fix ${stray}"` });
}

async function diagnose(cli: CliContext, controller: ControllerContext, flags: DoctorFlags): Promise<void> {
  const findings = await check(cli, controller);
  if (flags.json) printJson(cli, { findings: findings.map(toJson) });
  else printFindings(cli, findings, { offersFix: true });
  setExitCode(cli, findings);
}

async function check(cli: CliContext, controller: ControllerContext): Promise<NamedFinding[]> {
  const { runChecks } = await import("../../doctor/run-checks.ts");
  return await runChecks(controller, { version: cli.version });
}

async function showPlan(cli: CliContext, controller: ControllerContext, flags: DoctorFlags): Promise<void> {
  const { planReconciliation, renderPlan } = await loadReconciliation();
  const plan = await planReconciliation(controller);
  if (flags.json) printJson(cli, { plan, done: [], failed: [] });
  else cli.terminal.stdout.write(renderPlan(plan) || "nothing to do\n");
}

async function mend(cli: CliContext, controller: ControllerContext, flags: DoctorFlags): Promise<void> {
  const { applyPlan, planReconciliation, renderPlan } = await loadReconciliation();
  const plan = await planReconciliation(controller);
  cli.terminal.stderr.write(renderPlan(plan) || "nothing to do\n");
  const steps = await chooseSteps(cli, plan, { isAgreed: flags.yes ?? false, signal: controller.signal });
  const outcome = await applyPlan(controller, { steps });
  tellOutcome(controller, outcome);
  const findings = await check(cli, controller);
  if (flags.json) {
    const failed = outcome.failed.map(({ step, error }) => ({ step, error: errorToJson(error).error }));
    printJson(cli, { plan, done: outcome.done, failed, findings: findings.map(toJson) });
  } else printFindings(cli, findings, { offersFix: outcome.failed.length === 0 && steps.length < plan.steps.length });
  setExitCode(cli, findings);
  if (outcome.failed.length > 0) cli.setExitCode(1);
}

/** Loaded late, as the checks are: every other command starts without them. */
async function loadReconciliation() {
  const [{ applyPlan, planReconciliation }, { renderPlan }] = await Promise.all([
    import("../../controller/reconcile/reconcile.ts"),
    import("../../controller/reconcile/plan-step.ts"),
  ]);
  return { applyPlan, planReconciliation, renderPlan };
}

/** All steps, or without those that lose something: these need a yes, which nobody can give without a terminal. */
async function chooseSteps(
  cli: CliContext,
  { steps }: Plan,
  { isAgreed, signal }: { isAgreed: boolean; signal: AbortSignal },
): Promise<PlanStep[]> {
  const risky = steps.filter(({ destructive }) => destructive);
  if (isAgreed || risky.length === 0) return steps;
  const { stdin, stderr } = cli.terminal;
  const which =
    risky.length === 1
      ? "1 of these steps (with a !) loses data or stops"
      : `${risky.length} of these steps (with a !) lose data or stop`;
  const facts = [`${which} something that runs.`];
  if (stdin.isTTY === true && (await confirm(cli.terminal, { facts, question: "Do that too?", signal }))) return steps;
  if (stdin.isTTY !== true) stderr.write(`${facts.join()} Left out; "cilo doctor --fix --yes" does that too.\n`);
  return steps.filter(({ destructive }) => !destructive);
}

function tellOutcome({ emit }: ControllerContext, { done, failed }: PlanOutcome): void {
  for (const { action, subject } of done) emit({ type: "info", text: `done: ${action} ${subject}` });
  for (const { step, error } of failed) {
    const hint = error.hint === null ? "" : `; ${error.hint}`;
    emit({ type: "warning", text: `not done: ${step.action} ${step.subject}: ${error.message}${hint}` });
  }
}

function printFindings(
  cli: CliContext,
  findings: readonly NamedFinding[],
  { offersFix }: { offersFix: boolean },
): void {
  const { stdout } = cli.terminal;
  stdout.write(renderDiagnosis(findings, { styled: supportsColor(stdout, cli.env), offersFix }));
}

function setExitCode(cli: CliContext, findings: readonly NamedFinding[]): void {
  if (findings.some(({ severity }) => severity === "problem")) cli.setExitCode(1);
}

/** `remedy` is what to do in words or, where the command says it all, the command. */
function toJson(finding: NamedFinding): Record<string, unknown> {
  const { check, severity, message, hint, command, fixable } = finding;
  return { check, severity, message, remedy: hint ?? command, command, fixable };
}
