import { Command } from "commander";
import { type NamedFinding, runChecks } from "../../doctor/run-checks.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { renderTable } from "../render/table.ts";
import { printJson, withController } from "../use-controller.ts";

/** `cilo doctor`: what works and what does not, with the command that helps. */
export function doctorCommand(cli: CliContext): Command {
  const command = new Command("doctor")
    .summary("check state, engine, Compose and DNS server, and what is left over")
    .description(
      "Checks what cilo stands on. Ends with 1 when it finds a problem; warnings are no problems. Changes nothing.",
    )
    .addOption(jsonOption())
    .action(async (flags: CommonOptions) => {
      await withController(cli, flags, async (controller) => {
        const findings = await runChecks(controller);
        if (flags.json) printJson(cli, { findings: findings.map(toJson) });
        else cli.terminal.stdout.write(renderFindings(findings));
        if (findings.some(({ severity }) => severity === "problem")) cli.setExitCode(1);
      });
    });
  return withExamples(command, [["cilo doctor", "look here first when something is odd"]]);
}

function renderFindings(findings: readonly NamedFinding[]): string {
  return renderTable(
    findings.flatMap(({ check, severity, message, hint, command }) => [
      [severity, check, message],
      ...(hint === null ? [] : [["", "", `hint: ${hint}`]]),
      ...(command === null ? [] : [["", "", `run: ${command}`]]),
    ]),
  );
}

/** `remedy` is what to do in words or, where the command says it all, the command. */
function toJson({ check, severity, message, hint, command }: NamedFinding): Record<string, string | null> {
  return { check, severity, message, remedy: hint ?? command, command };
}
