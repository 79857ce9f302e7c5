import { Command, CommanderError } from "commander";
import { CiloError } from "../base/errors.ts";
import type { CliContext } from "./cli-context.ts";
import { composeCommand } from "./commands/compose.ts";
import { createCommand } from "./commands/create.ts";
import { destroyCommand } from "./commands/destroy.ts";
import { dnsCommand } from "./commands/dns.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downCommand } from "./commands/down.ts";
import { execCommand } from "./commands/exec.ts";
import { listCommand } from "./commands/list.ts";
import { logsCommand } from "./commands/logs.ts";
import { pathCommand } from "./commands/path.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
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
    .addCommand(listCommand(cli))
    .addCommand(statusCommand(cli))
    .addCommand(logsCommand(cli))
    .addCommand(execCommand(cli))
    .addCommand(composeCommand(cli))
    .addCommand(pathCommand(cli))
    .addCommand(dnsCommand(cli))
    .addCommand(doctorCommand(cli));
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
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void cli.terminal.stdout.write(text),
    writeErr: (text) => void cli.terminal.stderr.write(text),
    outputError: () => {},
  });
  for (const child of command.commands) throwInsteadOfExit(child, cli);
}

/**
 * Runs one command line.
 * @param args without node and script.
 * @throws CILO_USAGE and whatever the command throws.
 */
export async function runProgram(cli: CliContext, args: readonly string[]): Promise<void> {
  const program = createProgram(cli);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    throw usageError(error, args);
  }
}

function usageError(error: CommanderError, args: readonly string[]): CiloError {
  const command = args.find((argument) => !argument.startsWith("-"));
  if (error.code === "commander.help") {
    return new CiloError("CILO_USAGE", "a command is needed", { hint: 'run "cilo --help" for what there is' });
  }
  const message = error.message.replace(/^error: /, "").replace(/\n.*/s, "");
  const isKnown = error.code !== "commander.unknownCommand" && command !== undefined;
  return new CiloError("CILO_USAGE", message, { hint: `run "cilo ${isKnown ? `${command} ` : ""}--help"` });
}
