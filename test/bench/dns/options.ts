import { parseArgs } from "node:util";
import { CiloError } from "../../../src/base/errors.ts";

/** The parts of the bench, in the order they run. */
export const sectionNames = ["local", "cached", "forward", "changes", "scale", "idle"] as const;
export type SectionName = (typeof sectionNames)[number];

/** How much is measured. */
export interface Extent {
  /** Rounds of each server under load that count; one before them warms up. */
  rounds: number;
  roundSeconds: number;
  /** Paired queries with and without a forwarder. */
  pairs: number;
  /** Zone changes under load. */
  changes: number;
  /** Rounds of the zone module at each size, each in a process of its own. */
  scaleRounds: number;
  idleSeconds: number;
}

const full: Extent = { rounds: 7, roundSeconds: 5, pairs: 5_000, changes: 1_000, scaleRounds: 5, idleSeconds: 20 };
const quick: Extent = { rounds: 3, roundSeconds: 1, pairs: 500, changes: 200, scaleRounds: 1, idleSeconds: 5 };

export interface BenchOptions {
  sections: readonly SectionName[];
  extent: Extent;
  /** Instead of measuring: says where the server's time goes under the load of local answers. */
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
    sections: values.only === undefined ? sectionNames : parseSections(values.only),
    extent: values.quick ? quick : full,
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

function parseSections(text: string): SectionName[] {
  const wanted = text.split(",");
  const unknown = wanted.find((name) => !sectionNames.some((known) => known === name));
  if (unknown !== undefined) throw usage(`"${unknown}" is no part of the bench`, undefined);
  return sectionNames.filter((name) => wanted.includes(name));
}

function usage(problem: string, cause: unknown): CiloError {
  return new CiloError("CILO_USAGE", `cannot read the bench's options: ${problem}`, {
    hint: `run "npm run bench:dns -- [--quick] [--only ${sectionNames.join(",")}] [--json FILE] [--profile]"`,
    cause,
  });
}
