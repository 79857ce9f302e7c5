import { Command, CommanderError } from "commander";
import { CiloError } from "../base/errors.ts";
import type { CliContext } from "./cli-context.ts";
import { checkCommand } from "./commands/check.ts";
import { composeCommand } from "./commands/compose.ts";
import { createCommand } from "./commands/create.ts";
import { destroyCommand } from "./commands/destroy.ts";
import { dnsCommand } from "./commands/dns.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downCommand } from "./commands/down.ts";
import { execCommand } from "./commands/exec.ts";
import { listCommand } from "./commands/list.ts";
import { logsCommand } from "./commands/logs.ts";
import { networkCommand } from "./commands/network.ts";
import { pathCommand } from "./commands/path.ts";
import { pruneCommand } from "./commands/prune.ts";
import { restoreCommand } from "./commands/restore.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
import { verifyCommand } from "./commands/verify.ts";
import { withExamples } from "./options.ts";

/** The whole command line. */
export function createProgram(cli: CliContext): Command {
  const program = new Command("cilo")
    .description("Runs several copies of one Docker Compose project side by side, each with names that always work.")
    .version(cli.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show help for a command")
    .enablePositionalOptions()
    .showHelpAfterError('(run "cilo --help" for what there is)')
    .addCommand(createCommand(cli))
    .addCommand(upCommand(cli))
    .addCommand(downCommand(cli))
    .addCommand(destroyCommand(cli))
    .addCommand(restoreCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(statusCommand(cli))
    .addCommand(logsCommand(cli))
    .addCommand(execCommand(cli))
    .addCommand(composeCommand(cli))
    .addCommand(pathCommand(cli))
    .addCommand(checkCommand(cli))
    .addCommand(networkCommand(cli))
    .addCommand(dnsCommand(cli))
    .addCommand(doctorCommand(cli))
    .addCommand(pruneCommand(cli))
    .addCommand(verifyCommand(cli))
    .hook("preAction", (_, command) => noteJson(command, cli));
  withExamples(program, [
    ["cilo create login --from ~/shop", "copy the project"],
    ["cilo up login", "start it; its names answer"],
    ["curl http://web.login.test", "reach a service by its name"],
    ["cilo destroy login", "remove all of it again"],
  ]);
  throwInsteadOfExit(program, cli);
  return program;
}

/** Commander would end the process itself; what it has to say becomes an error or an exit code like everything else. */
function throwInsteadOfExit(command: Command, cli: CliContext): void {
  command.exitOverride((error) => {
    noteJson(command, cli);
    // Help and version have been printed.
    throw error.exitCode === 0 ? error : usageError(command, error);
  });
  command.configureOutput({
    writeOut: (text) => void cli.terminal.stdout.write(text),
    writeErr: (text) => void cli.terminal.stderr.write(text),
    outputError: () => {},
  });
  for (const child of command.commands) throwInsteadOfExit(child, cli);
}

/** A command's own `--json` counts, not one that it hands on to a program it runs. */
function noteJson(command: Command, cli: CliContext): void {
  if (command.opts().json === true) cli.reportErrorsAsJson();
}

function usageError(command: Command, error: CommanderError): CiloError {
  const help = `${pathOf(command)} --help`;
  if (error.code === "commander.help") {
    return new CiloError("CILO_USAGE", "a command is needed", { hint: `run "${help}" for what there is` });
  }
  const message = error.message.replace(/^error: /, "").replace(/\n.*/s, "");
  return new CiloError("CILO_USAGE", message, { hint: `run "${help}"` });
}

/** How a command is called: "cilo dns query". */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/**
 * Runs one command line.
 * @param args without node and script.
 * @throws CILO_USAGE and whatever the command throws.
 */
export async function runProgram(cli: CliContext, args: readonly string[]): Promise<void> {
  try {
    await createProgram(cli).parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
}
