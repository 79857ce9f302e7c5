import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../../model/finding.ts";
import { type ComposeService, unescapeDollars } from "../model.ts";
import { rewriteBesideBinds } from "./beside-binds.ts";
import type { Contribution, OverrideContext, RewriteContext } from "./concern.ts";
import { rewriteNamespaces } from "./namespaces.ts";
import { rewriteOldAddresses } from "./old-addresses.ts";
import { rewriteOldNetworkNames } from "./old-network-names.ts";
import { mapping, override, type YamlMapping, type YamlValue } from "./render.ts";

const rewrites = [rewriteBesideBinds, rewriteNamespaces, rewriteOldAddresses, rewriteOldNetworkNames];

/** The service with every value that names something of the project's by what is different in a copy put right. */
export function rewriteService(context: RewriteContext, service: ComposeService): ComposeService {
  return rewrites.reduce((rewritten, rewrite) => rewrite(context, rewritten), service);
}

/** Writes what `rewriteService` changes, and no more: mappings by the key, everything else whole. */
export function writeRewrittenValues(context: OverrideContext): Contribution {
  const entries = context.services.flatMap(({ name, service }): [string, YamlMapping][] => {
    const fields = changedFields(service, rewriteService(context, service));
    return fields.length === 0 ? [] : [[name, new Map(fields)]];
  });
  return { services: new Map(entries), findings: entries.flatMap(([name, fields]) => describeRewritten(name, fields)) };
}

/** Binds beside the copy are told of by what they are. */
function describeRewritten(service: string, fields: YamlMapping): Finding[] {
  const names = [...fields.keys()].filter((field) => field !== "volumes");
  return names.map((field) => ({
    rule: "rewritten-value",
    action: "rewritten",
    shared: false,
    level: "note",
    path: ["services", service, field],
    statement: `in ${field}, addresses and names of the project's networks and containers are replaced by the copy's`,
    hint: null,
  }));
}

function changedFields(before: ComposeService, after: ComposeService): [string, YamlValue][] {
  return Object.keys(after).flatMap((field): [string, YamlValue][] => {
    if (isDeepStrictEqual(before[field], after[field])) return [];
    const value = after[field];
    if (field === "environment" || field === "labels" || field === "healthcheck") {
      return [[field, changedEntries(toRecord(before[field]), toRecord(value))]];
    }
    return [[field, typeof value === "string" ? value : override(toYaml(value))]];
  });
}

function changedEntries(before: Record<string, unknown>, after: Record<string, unknown>): YamlMapping {
  const changed = Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(before[key], value));
  // Compose prints keys as it does values, with `$$` for `$`, but takes no key of a file for more than it says.
  return new Map(
    changed.map(([key, value]) => [
      unescapeDollars(key),
      Array.isArray(value) ? override(toYaml(value)) : toYaml(value),
    ]),
  );
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function toYaml(value: unknown): YamlValue {
  if (Array.isArray(value)) return value.map(toYaml);
  if (typeof value === "object" && value !== null) {
    return mapping(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toYaml(item)])));
  }
  return typeof value === "number" || typeof value === "boolean" || value === null ? value : String(value);
}
