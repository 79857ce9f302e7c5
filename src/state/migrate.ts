import { createHash } from "node:crypto";
import * as v from "valibot";
import { toVersion2, version1Schema } from "./migrations/v2.ts";
import { type MigrationContext, toVersion3, version2Schema } from "./migrations/v3.ts";
import { describeIssues } from "./schema-parts.ts";

type MigrationResult = { document: unknown } | { problems: string[] };
type Step = (document: unknown, context: MigrationContext) => MigrationResult;

/** By the version a step starts from. */
const steps: ReadonlyMap<number, Step> = new Map([
  [1, createStep(version1Schema, toVersion2)],
  [2, createStep(version2Schema, toVersion3)],
]);

/**
 * Brings the parsed contents of an old state file to the current version, one version after another.
 * @param version the version it has; one that is current comes back as it is.
 * @returns what the current version's schema is to check, or all that is wrong with the old file, a line each.
 */
export function migrate(document: unknown, version: number, installation: string): MigrationResult {
  const context = { installation, createId: toStableId };
  let current = document;
  for (let from = version; ; from += 1) {
    const step = steps.get(from);
    if (step === undefined) return { document: current };
    const result = step(current, context);
    if ("problems" in result) return result;
    current = result.document;
  }
}

function createStep<T>(
  schema: v.GenericSchema<unknown, T>,
  change: (before: T, context: MigrationContext) => unknown,
): Step {
  return (document, context) => {
    const result = v.safeParse(schema, document);
    return result.success ? { document: change(result.output, context) } : { problems: describeIssues(result.issues) };
  };
}

/** A UUID that follows from `seed` alone (version 8, RFC 9562 section 5.8), so that reading an old file twice gives the same ids. */
function toStableId(seed: string): string {
  const bytes = createHash("sha256").update(seed).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
