import { Command, CommanderError } from "commander";
import { CiloError } from "../base/errors.ts";
import type { CliContext } from "./cli-context.ts";
import { chooseCommands } from "./command-table.ts";
import { withExamples } from "./options.ts";

/**
 * Makes the command line.
 * @param args what it is to understand, without node and script: only the command it begins with is read. Nothing
 * stands for all commands.
 */
export async function createProgram(cli: CliContext, args: readonly string[]): Promise<Command> {
  const commands = await Promise.all(chooseCommands(args).map(({ load }) => load(cli)));
  const program = new Command("cilo")
    .description("Runs several copies of one Docker Compose project side by side, each with names that always work.")
    .version(cli.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show help for a command")
    .enablePositionalOptions()
    .showHelpAfterError('(run "cilo --help" for what there is)')
    .hook("preAction", (_, command) => noteJson(command, cli));
  for (const command of commands) program.addCommand(command);
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
    const program = await createProgram(cli, args);
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
}
