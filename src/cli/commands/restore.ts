import { Command } from "commander";
import { CiloError } from "../../base/errors.ts";
import { type Restored, restoreEnvironment } from "../../controller/restore.ts";
import type { TrashRecord } from "../../controller/trash/entry.ts";
import { findEntry, wholeEntries } from "../../controller/trash/find-entry.ts";
import { readTrashLimits } from "../../controller/trash/limits.ts";
import { listTrash } from "../../controller/trash/list-trash.ts";
import { describeNotSaved } from "../../controller/trash/plan-undo.ts";
import { keyOf } from "../../model/environment.ts";
import { parseSlug } from "../../model/names.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, progressOption, projectOption, withExamples } from "../options.ts";
import { renderTrash, reportTrash } from "../render/trash.ts";
import { printJson, withController } from "../use-controller.ts";

interface RestoreFlags extends CommonOptions {
  list?: boolean;
  as?: string;
}

/** `cilo restore`: an environment that was destroyed comes back. */
export function restoreCommand(cli: CliContext): Command {
  const command = new Command("restore")
    .summary("bring a destroyed environment back")
    .description(
      'Brings a destroyed environment back: workspace, uncommitted work, branches and stashes, named volumes with their data. It is then as after "cilo down". Without an argument it lists what can be brought back.',
    )
    .argument("[entry]", 'the environment, "login" or "shop/login", or an entry of the list')
    .option("--list", "show what can be brought back")
    .option("--as <name>", "give the environment another name")
    .addOption(projectOption())
    .addOption(jsonOption())
    .addOption(progressOption())
    .action((text: string | undefined, flags: RestoreFlags) =>
      text === undefined || flags.list ? list(cli, text, flags) : restore(cli, text, flags),
    );
  return withExamples(command, [
    ["cilo restore shop/login", "as it was when it was destroyed"],
    ["cilo restore login --as login-again", "beside a new one of its old name"],
    ["cilo restore --list --json", "what there is, for a program"],
  ]);
}

async function list(cli: CliContext, text: string | undefined, flags: RestoreFlags): Promise<void> {
  if (text !== undefined || flags.as !== undefined) {
    throw new CiloError("CILO_USAGE", "--list takes no environment, and --as needs one", {
      hint: 'run "cilo restore --list", or "cilo restore NAME --as OTHER"',
    });
  }
  await withController(cli, flags, async (controller) => {
    const limits = await readTrashLimits(controller.paths);
    const entries = wholeEntries(await listTrash(controller.paths)).map((entry) => reportTrash(entry, limits));
    if (flags.json) {
      printJson(cli, { entries });
      return;
    }
    if (entries.length === 0) controller.emit({ type: "info", text: "no destroyed environment is kept" });
    cli.terminal.stdout.write(renderTrash(entries));
  });
}

async function restore(cli: CliContext, text: string, flags: RestoreFlags): Promise<void> {
  await withController(cli, flags, async (controller) => {
    const project = flags.project === undefined ? null : parseSlug(flags.project, "project");
    const entry = findEntry(await listTrash(controller.paths), { text, project });
    const restored = await restoreEnvironment(controller, { entry, name: flags.as ?? null });
    for (const text of toWarnings(restored, entry.record)) controller.emit({ type: "warning", text });
    const key = keyOf(restored.environment);
    if (flags.json) {
      const { missing, anonymous, keptEntry } = restored;
      printJson(cli, { environment: key, missing, anonymousVolumes: anonymous, entry: keptEntry });
      return;
    }
    cli.terminal.stdout.write(`${key} is back; start it with "cilo up ${key}"\n`);
  });
}

function toWarnings({ missing, anonymous, keptEntry }: Restored, record: TrashRecord): string[] {
  const warnings = describeNotSaved(record);
  if (missing.length > 0) {
    const some = `${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ", …" : ""}`;
    const subject = missing.length === 1 ? "1 file is" : `${missing.length} files are`;
    warnings.push(`${subject} not as then, since the source has changed: ${some}`);
  }
  for (const { name, file } of anonymous) {
    warnings.push(`volume ${name} had no name that Compose could find it by; its data are in ${file}`);
  }
  if (keptEntry !== null) warnings.push(`what was saved stays in ${keptEntry} until its time is over`);
  return warnings;
}
