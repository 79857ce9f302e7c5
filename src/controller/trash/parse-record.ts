import * as v from "valibot";
import { keyOf } from "../../model/environment.ts";
import { emptyState } from "../../model/state.ts";
import { parseState } from "../../state/schema.ts";
import type { TrashRecord } from "./entry.ts";

/** A path inside the entry. */
const inner = v.pipe(
  v.string(),
  v.check((path) => !path.startsWith("/") && !path.split("/").includes("..")),
);
const objectId = v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/));
const size = v.pipe(v.number(), v.minValue(0));

const workSchema = v.looseObject({
  root: v.string(),
  sourceRoot: v.nullable(v.string()),
  repositories: v.array(
    v.looseObject({ place: inner, directory: inner, hasBundle: v.boolean(), tips: v.array(objectId) }),
  ),
  left: v.array(
    v.looseObject({ why: v.picklist(["ignored", "unreadable"]), path: inner, files: size, sizeBytes: size }),
  ),
});

const recordSchema = v.looseObject({
  version: v.literal(1),
  createdAt: v.string(),
  installation: v.string(),
  environment: v.looseObject({ project: v.string(), name: v.string() }),
  work: v.nullable(workSchema),
  keptWorkspace: v.boolean(),
  hasStandIns: v.boolean(),
  volumes: v.array(
    v.looseObject({
      name: v.string(),
      labels: v.record(v.string(), v.string()),
      anonymous: v.boolean(),
      file: inner,
      sizeBytes: size,
    }),
  ),
  leftOut: v.array(v.looseObject({ what: v.string(), why: v.string() })),
  sizeBytes: size,
});

/**
 * Parses an `entry.json`.
 * @returns null when it is not one, or one of a later version
 */
export function parseRecord(text: string): TrashRecord | null {
  const document = parseJson(text);
  const result = v.safeParse(recordSchema, document);
  if (!result.success) return null;
  const { environment, installation } = result.output;
  // Held to the rules of the state file, where it is to go back to.
  const state = emptyState(installation) as unknown as { hosts: { local: { environments: Record<string, unknown> } } };
  state.hosts.local.environments[keyOf(environment)] = environment;
  return "state" in parseState(state) ? (document as TrashRecord) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
