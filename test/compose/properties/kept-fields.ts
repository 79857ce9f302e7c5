import { isDeepStrictEqual } from "node:util";
import type { CanonicalService } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";
import { expectedService, impliedDependency, withoutCheckedFields } from "./expected-service.ts";

/** P8: every other field of every service is what the project says, but for the rewrites that `expectedService` states. */
export function findChangedFields(copy: Copy): string[] {
  const names = Object.keys(copy.base.services).filter((name) => !copy.facts.shared.includes(name));
  return names.flatMap((name) => {
    const merged = copy.merged.services[name];
    if (merged === undefined) return [];
    const expected = expectedService(copy, name);
    const isProvided = copy.base.services[name]?.provider !== undefined;
    return compareFields(`service ${name}`, expected, isProvided ? merged : withoutCheckedFields(merged));
  });
}

/** Every field that differs; one that is absent, null or empty is all the same to Compose. */
export function compareFields(subject: string, expected: object, actual: object): string[] {
  const [before, after] = [new Map(Object.entries(expected)), new Map(Object.entries(actual))];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const [wanted, found] = [normal(field, before.get(field)), normal(field, after.get(field))];
    if (isDeepStrictEqual(wanted, found)) return [];
    return [`${subject}: ${field} is ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`];
  });
}

function normal(field: string, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (field === "depends_on") return withoutImpliedRestart(value as CanonicalService["depends_on"]);
  return typeof value === "object" && Object.keys(value).length === 0 ? null : value;
}

/** Whether a derived dependency restarts with what it depends on differs between fields and versions of Compose. */
function withoutImpliedRestart(dependsOn: CanonicalService["depends_on"]): unknown {
  const entries = Object.entries(dependsOn ?? {}).map(([name, dependency]) => {
    const { restart: _, ...rest } = dependency as Record<string, unknown>;
    return [name, isDeepStrictEqual(rest, impliedDependency) ? impliedDependency : dependency];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
