import { Command } from "commander";
import {
  type CheckOptions,
  checkProject,
  type LocatedFinding,
  type ProjectCheck,
} from "../../controller/check-project.ts";
import { subjectOf } from "../../model/finding.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { collect, jsonOption, withExamples } from "../options.ts";
import { renderCheck } from "../render/check.ts";
import { printJson, withController } from "../use-controller.ts";

interface CheckFlags extends CommonOptions {
  onlyDir?: boolean;
  profile?: string[];
  strict?: boolean;
}

/** `cilo check`: what copies of a project would share, before there is any. */
export function checkCommand(cli: CliContext): Command {
  const command = new Command("check")
    .summary("tell what copies of a project would share")
    .description(
      "Reads a project as an environment would and tells what its copies would have in common, and what cilo does about each. Changes nothing and needs no engine.",
    )
    .argument("[path]", "the project's directory", ".")
    .option("--only-dir", "as the copy of the directory alone, not of the git repository around it")
    .option("--profile <name>", "with this profile on instead of those in .cilo/config.yml; repeatable", collect)
    .option("--strict", "end with 1 when something stays shared")
    .addOption(jsonOption())
    .action(async (path: string, flags: CheckFlags) => {
      await withController(cli, flags, async (controller) => {
        const check = await checkProject(controller, toOptions(path, flags));
        if (flags.json) printJson(cli, toJson(check));
        else cli.terminal.stdout.write(renderCheck(check));
        const isRefused = check.findings.some(({ action }) => action === "refused");
        if (isRefused || (flags.strict && sharedOf(check).length > 0)) cli.setExitCode(1);
      });
    });
  return withExamples(command, [
    ["cilo check", "the project in the working directory"],
    ["cilo check ~/shop --strict", "in CI: nothing may be shared"],
  ]);
}

function toOptions(path: string, flags: CheckFlags): CheckOptions {
  return { path, onlyDirectory: flags.onlyDir ?? false, profiles: flags.profile ?? null };
}

/** What copies would have in common once they run; a service that is off is nobody's. */
function sharedOf({ findings }: ProjectCheck): LocatedFinding[] {
  return findings.filter(({ shared, active }) => shared && active);
}

function toJson(check: ProjectCheck): Record<string, unknown> {
  return {
    ...check,
    shared: sharedOf(check).length,
    findings: check.findings.map((finding) => {
      const { rule, action, shared, active, level, path, detail, file, line, column, message, hint } = finding;
      const subject = subjectOf(finding);
      return {
        ...{ rule, action, shared, active, level, subject, path, detail: detail ?? null },
        ...{ file, line, column, message, hint },
      };
    }),
  };
}
