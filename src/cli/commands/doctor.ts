import { Command } from "commander";
import { type NamedFinding, runChecks } from "../../doctor/run-checks.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { renderTable } from "../render/table.ts";
import { printJson, withController } from "../use-controller.ts";

/** `cilo doctor`: what works and what does not, with the command that helps. */
export function doctorCommand(cli: CliContext): Command {
  const command = new Command("doctor")
    .summary("check engine, Compose, DNS server and state")
    .description("Checks what cilo stands on. Ends with 1 when something does not work. Changes nothing.")
    .addOption(jsonOption())
    .action(async (flags: CommonOptions) => {
      await withController(cli, flags, async (controller) => {
        const findings = await runChecks(controller);
        if (flags.json) printJson(cli, { findings });
        else cli.terminal.stdout.write(renderFindings(findings));
        if (findings.some(({ severity }) => severity === "problem")) cli.setExitCode(1);
      });
    });
  return withExamples(command, [["cilo doctor", "look here first when something is odd"]]);
}

function renderFindings(findings: readonly NamedFinding[]): string {
  return renderTable(
    findings.flatMap(({ check, severity, message, remedy }) => [
      [severity, check, message],
      ...(remedy === null ? [] : [["", "", `run: ${remedy}`]]),
    ]),
  );
}
