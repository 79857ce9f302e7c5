import { parseArgs } from "node:util";
import { CiloError } from "../../../src/base/errors.ts";

/** Numbers of services that the design names (section 10). */
export const designSizes: readonly number[] = [1, 5, 15];

/** Rounds that count; one before them warms up. */
const fullRounds = 7;
const quickRounds = 3;
/** More services than this have no fixed addresses left in an environment's subnet. */
const mostServices = 100;

export interface BenchOptions {
  /** Numbers of services of the projects that are measured. */
  sizes: readonly number[];
  rounds: number;
  /** Instead of measuring: says what `cilo up` does when. */
  profile: boolean;
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
    sizes: values.only === undefined ? designSizes : values.only.split(",").map(parseSize),
    rounds: values.quick ? quickRounds : fullRounds,
    profile: values.profile ?? false,
    jsonFile: values.json ?? null,
  };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        profile: { type: "boolean" },
        only: { type: "string" },
        json: { type: "string" },
      },
    });
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function parseSize(text: string): number {
  const size = Number(text);
  if (/^\d+$/.test(text) && size >= 1 && size <= mostServices) return size;
  throw usage(`"${text}" is no number of services from 1 to ${mostServices}`, undefined);
}

function usage(problem: string, cause: unknown): CiloError {
  return new CiloError("CILO_USAGE", `cannot read the bench's options: ${problem}`, {
    hint: `run "npm run bench:up -- [--quick] [--only ${designSizes.join(",")}] [--json FILE] [--profile]"`,
    cause,
  });
}
