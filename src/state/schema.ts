import { isIPv4 } from "node:net";
import * as v from "valibot";
import { environmentStatuses, keyOf, operationKinds, servicePurposes } from "../model/environment.ts";
import { isSlug } from "../model/names.ts";
import { type State, stateVersion } from "../model/state.ts";
import { describeIssues, recordOf, textOf } from "./schema-parts.ts";

// Every object is loose: a field this program does not know is kept as it is.

const ipv4Schema = v.pipe(v.string(), v.check(isIPv4, "expected an IPv4 address"));
const cidrSchema = v.pipe(v.string(), v.check(isCidr, 'expected a CIDR such as "10.224.3.0/24"'));
const portSchema = v.pipe(
  v.number(),
  v.integer("expected an integer"),
  v.minValue(1, "expected 1 or more"),
  v.maxValue(65_535, "expected at most 65535"),
);
const countSchema = v.pipe(v.number(), v.integer("expected an integer"), v.minValue(0, "expected 0 or more"));
const timeSchema = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text)), "expected an ISO 8601 time"),
);
/** Ids become file names. */
const idSchema = textOf(/^[A-Za-z0-9][A-Za-z0-9-]*$/, "expected letters, digits and hyphens");
/** Names become paths. Reserved names are not looked at: a name that was allowed when it was given stays readable. */
const slugSchema = v.pipe(
  v.string(),
  v.check(isSlug, "expected lower-case letters, digits and inner hyphens, at most 40"),
);
const suffixSchema = textOf(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i, "expected a domain name without dots around it");

/** @param lowestPid cilo itself is pid 1 when a container runs nothing else; 1 and below are never a child, and mean "everything" to kill(2). */
function processFields(lowestPid: number) {
  return {
    pid: v.pipe(v.number(), v.integer("expected an integer"), v.minValue(lowestPid, `expected ${lowestPid} or more`)),
    startTime: v.string(),
    bootId: v.string(),
  };
}

const operationSchema = v.looseObject({
  kind: v.picklist(operationKinds),
  ...processFields(1),
  child: v.nullable(v.looseObject(processFields(2))),
  step: v.string(),
  startedAt: timeSchema,
});

const serviceSchema = v.looseObject({
  address: v.nullable(ipv4Schema),
  networks: v.exactOptional(v.array(v.string())),
  addresses: v.array(ipv4Schema),
  container: v.nullable(v.string()),
  ports: v.array(portSchema),
  hostnames: v.array(v.string()),
  ingress: v.boolean(),
  shared: v.boolean(),
  replicas: countSchema,
  purpose: v.exactOptional(v.picklist(servicePurposes)),
  namespaceOf: v.nullable(v.string()),
});

const environmentSchema = v.looseObject({
  id: idSchema,
  project: slugSchema,
  name: slugSchema,
  createdAt: timeSchema,
  source: v.string(),
  projectPath: v.pipe(v.string(), v.check(isInnerPath, "expected a path that stays inside the workspace")),
  subnet: cidrSchema,
  keptNetworks: v.exactOptional(recordOf(cidrSchema)),
  status: v.picklist(environmentStatuses),
  suffix: suffixSchema,
  shortNames: v.boolean(),
  composeProject: textOf(/^[a-z0-9][a-z0-9_-]*$/, "expected a Compose project name"),
  composeFiles: v.array(v.string()),
  profiles: v.array(v.string()),
  profilesChosen: v.exactOptional(v.boolean()),
  services: recordOf(serviceSchema),
  sharedServices: v.array(v.string()),
  sharedNetworks: v.array(v.string()),
  builtImages: v.exactOptional(v.array(textOf(/^sha256:[0-9a-f]{64}$/, "expected the id of an image"))),
  anonymousVolumes: v.array(textOf(/^[0-9a-f]{64}$/, "expected a name that an engine made up")),
  operation: v.nullable(operationSchema),
  destruction: v.exactOptional(v.looseObject({ keepWorkspace: v.boolean(), undo: v.boolean() })),
  lastError: v.nullable(v.string()),
});

const stateSchema: v.GenericSchema<unknown, State> = v.looseObject({
  version: v.literal(stateVersion),
  installation: idSchema,
  revision: countSchema,
  baseSubnet: cidrSchema,
  keptBaseSubnet: v.exactOptional(cidrSchema),
  dnsPort: portSchema,
  suffix: suffixSchema,
  hosts: v.looseObject({
    local: v.looseObject({
      provider: v.literal("docker"),
      engine: v.nullable(v.looseObject({ endpoint: v.string(), id: v.string() })),
      environments: recordOf(environmentSchema),
    }),
  }),
  sharedNetworks: recordOf(v.unknown()),
  sharedServices: recordOf(v.unknown()),
});

/**
 * Checks the contents of a state file of the current version.
 * @returns the same object, with every field that is not known here, or all that is wrong with it, a line each.
 */
export function parseState(document: unknown): { state: State } | { problems: string[] } {
  const result = v.safeParse(stateSchema, document);
  if (!result.success) return { problems: describeIssues(result.issues) };
  const problems = findContradictions(result.output);
  // Not `output`: valibot builds it anew and leaves keys such as "constructor" out.
  return problems.length > 0 ? { problems } : { state: document as State };
}

function findContradictions(state: State): string[] {
  const problems: string[] = [];
  const keyOfId = new Map<string, string>();
  for (const [key, environment] of Object.entries(state.hosts.local.environments)) {
    const path = `hosts.local.environments[${JSON.stringify(key)}]`;
    if (key !== keyOf(environment))
      problems.push(`${path}: its project and name make ${JSON.stringify(keyOf(environment))}`);
    const other = keyOfId.get(environment.id);
    if (other !== undefined) problems.push(`${path}.id: is the id of ${JSON.stringify(other)} too`);
    keyOfId.set(environment.id, key);
  }
  return problems;
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  return rest.length === 0 && isIPv4(address) && /^[0-9]{1,2}$/.test(length) && Number(length) <= 32;
}

function isInnerPath(path: string): boolean {
  return !path.startsWith("/") && !path.split("/").includes("..");
}
