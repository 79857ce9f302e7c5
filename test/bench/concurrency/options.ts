import { parseArgs } from "node:util";
import { CiloError } from "../../../src/base/errors.ts";

/** Processes at once that the design names (section 10). */
const designCount = 100;
/** Rounds that count; one before them warms up. */
const fullRounds = 5;
const quickRounds = 2;
/** The base subnet has room for so many environments, and the machine is to live on. */
const mostProcesses = 250;

export interface BenchOptions {
  /** Processes at once. */
  count: number;
  rounds: number;
  /** Where the figures go as JSON. */
  jsonFile: string | null;
}

/**
 * Reads the command line.
 * @throws CILO_USAGE
 */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = readFlags(args);
  return {
    count: values.count === undefined ? designCount : parseCount(values.count),
    rounds: values.quick ? quickRounds : fullRounds,
    jsonFile: values.json ?? null,
  };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { quick: { type: "boolean" }, count: { type: "string" }, json: { type: "string" } },
    });
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= mostProcesses) return count;
  throw usage(`"${text}" is no number of processes from 1 to ${mostProcesses}`, undefined);
}

function usage(problem: string, cause: unknown): CiloError {
  return new CiloError("CILO_USAGE", `cannot read the bench's options: ${problem}`, {
    hint: `run "npm run bench:concurrency -- [--quick] [--count ${designCount}] [--json FILE]"`,
    cause,
  });
}
