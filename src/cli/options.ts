import { type Command, InvalidArgumentError, Option } from "commander";
import { progressModes } from "./render/progress.ts";

/** `--project`, taken by every command that names an environment. */
export function projectOption(): Option {
  return new Option("--project <name>", "the project, where the environment's name alone is not clear");
}

/** `--json`, taken by every command that reads. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON; fields are only ever added");
}

/** `--progress`, taken by every command that works for long. */
export function progressOption(): Option {
  return new Option("--progress <mode>", "how to show progress").choices([...progressModes]).default("auto");
}

/** `--verbose`, taken by every command that has Docker Compose work for long. */
export function verboseOption(): Option {
  return new Option("--verbose", "print what Docker Compose says, line by line");
}

/** `--no-wait`, taken by every command that changes an environment. */
export function noWaitOption(): Option {
  return new Option("--no-wait", "exit with 4 when another operation on the environment is under way");
}

/** A whole number between two bounds. */
export function parseInteger(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`${name} is a whole number from ${min} to ${max}.`);
  };
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** `--profile`, repeatable: Compose profiles that an environment is to have on. */
export function profileOption(): Option {
  return new Option("--profile <name>", 'turn a Compose profile on, and remember it; repeatable, "*" is all').argParser(
    parseProfile,
  );
}

function parseProfile(value: string, previous: string[] = []): string[] {
  // docs.docker.com/compose/compose-file, "profiles"
  if (/^(?:[a-zA-Z0-9][a-zA-Z0-9_.-]*|\*)$/.test(value)) return collect(value, previous);
  throw new InvalidArgumentError('a profile has letters, digits, "_", "." and "-", or is "*" for all.');
}

/** Adds examples at the end of a command's help. */
export function withExamples(command: Command, examples: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  $ ${line.padEnd(width)}  ${meaning}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
