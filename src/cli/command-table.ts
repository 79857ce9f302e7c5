import type { Command } from "commander";
import type { CliContext } from "./cli-context.ts";

/** One command, before its code has been read. */
export interface CommandEntry {
  name: string;
  alias?: string;
  /** Reads its code and makes it, with its options and its commands of its own. */
  load(cli: CliContext): Promise<Command>;
}

/**
 * The commands, in the order in which help shows them. Each is read when it is wanted: a start of the program is to
 * cost what its own command needs, and not what all of them do.
 */
export const commandTable: readonly CommandEntry[] = [
  { name: "create", load: async (cli) => (await import("./commands/create.ts")).createCommand(cli) },
  { name: "up", load: async (cli) => (await import("./commands/up.ts")).upCommand(cli) },
  { name: "down", load: async (cli) => (await import("./commands/down.ts")).downCommand(cli) },
  { name: "destroy", load: async (cli) => (await import("./commands/destroy.ts")).destroyCommand(cli) },
  { name: "restore", load: async (cli) => (await import("./commands/restore.ts")).restoreCommand(cli) },
  { name: "list", alias: "ls", load: async (cli) => (await import("./commands/list.ts")).listCommand(cli) },
  { name: "status", load: async (cli) => (await import("./commands/status.ts")).statusCommand(cli) },
  { name: "logs", load: async (cli) => (await import("./commands/logs.ts")).logsCommand(cli) },
  { name: "exec", load: async (cli) => (await import("./commands/exec.ts")).execCommand(cli) },
  { name: "compose", load: async (cli) => (await import("./commands/compose.ts")).composeCommand(cli) },
  { name: "path", load: async (cli) => (await import("./commands/path.ts")).pathCommand(cli) },
  { name: "check", load: async (cli) => (await import("./commands/check.ts")).checkCommand(cli) },
  { name: "network", load: async (cli) => (await import("./commands/network.ts")).networkCommand(cli) },
  { name: "dns", load: async (cli) => (await import("./commands/dns.ts")).dnsCommand(cli) },
  { name: "doctor", load: async (cli) => (await import("./commands/doctor.ts")).doctorCommand(cli) },
  { name: "prune", load: async (cli) => (await import("./commands/prune.ts")).pruneCommand(cli) },
  { name: "verify", load: async (cli) => (await import("./commands/verify.ts")).verifyCommand(cli) },
];

/**
 * The commands that a command line can have to do with: the one it begins with. Anything else, such as "--help" or a
 * word that is no command, concerns all of them.
 */
export function chooseCommands(args: readonly string[]): readonly CommandEntry[] {
  const [first] = args;
  const wanted = commandTable.find(({ name, alias }) => first !== undefined && (first === name || first === alias));
  return wanted === undefined ? commandTable : [wanted];
}
